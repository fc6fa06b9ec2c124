import { type BrokerAuthError, errorCodes, isBrokerAuthError } from "@x/core";
import { type ExitCode, exitCodeOf, exitCodes } from "./exit-code.ts";
import { plain } from "./plain-text.ts";

/** The person ended the command. */
export class Interrupted extends Error {
  override readonly name = "Interrupted";
}

/** What is said of a failure. It never holds a secret or an identity: of an error that is not ours only its name and code are told. */
export interface Failure {
  readonly exitCode: ExitCode;
  readonly message: string;
  readonly action: string | undefined;
  /** For `--json`. */
  readonly facts: Readonly<Record<string, unknown>>;
}

export function failureOf(error: unknown): Failure {
  if (error instanceof Interrupted)
    return {
      exitCode: exitCodes.interrupted,
      message: error.message,
      action: undefined,
      facts: { code: "interrupted", message: error.message },
    };
  if (isBrokerAuthError(error)) {
    const message = error.account === undefined ? error.message : `${error.account}: ${error.message}`;
    const action = actionOf(error);
    return {
      exitCode: exitCodeOf[error.code],
      message: plain(message),
      action: plain(action),
      facts: { ...error.toJSON(), action },
    };
  }
  const { name, code, syscall, path, port } = (error ?? {}) as Partial<
    Record<"name" | "code" | "syscall" | "path" | "port", unknown>
  >;
  const what = [name, code].filter((part) => typeof part === "string" && /^\w{1,64}$/.test(part)).join(" ");
  // ENOSPC: standard output goes to a full disk.
  if (code === "ENOSPC" || code === "EIO")
    return {
      exitCode: exitCodes.unavailable,
      message: `the output could not be written (${code})`,
      action: undefined,
      facts: { code: "output", message: code },
    };
  // The system says no to a path or a port that somebody chose.
  if (typeof code === "string" && typeof syscall === "string" && /^E[A-Z]{2,15}$/.test(code)) {
    const chosen = typeof path === "string" ? path : typeof port === "number" ? `port ${port}` : undefined;
    if (chosen !== undefined) {
      const message = plain(`${chosen} cannot be used (${code})`);
      const action =
        typeof path === "string" ? "Look what is there, and who may use it." : "Give another one, or 0 for a free one.";
      return { exitCode: exitCodes.usage, message, action, facts: { code: "configuration", message, action } };
    }
  }
  return {
    exitCode: exitCodes.fault,
    message: `something went wrong that should not (${what === "" ? "unknown" : what})`,
    action: "Please report it, with what broker-auth doctor --share prints.",
    facts: { code: "fault", message: what },
  };
}

// The library's advice names its functions; here they are commands.
function actionOf({ code, action, account, challenge }: BrokerAuthError): string {
  const name = account ?? "ACCOUNT";
  if (code === "needs_input" && action === errorCodes.needs_input.action) {
    // Its login is a page in a browser, whatever is configured.
    if (challenge === "redirect") return `Run broker-auth login ${name} in a terminal.`;
    const kept = challenge === "otp" ? "TOTP secret" : challenge === "totp" ? "TOTP secret" : "MPIN";
    return `Run broker-auth login ${name} in a terminal, or put the ${kept} into the configuration.`;
  }
  if (code === "configuration" && action === errorCodes.configuration.action) return "";
  return action
    .replaceAll(/auth\.login\(account\)/g, `broker-auth login ${name}`)
    .replaceAll(/unlock\(\)/g, `broker-auth unlock ${name}`)
    .replaceAll(/(?<!\w)login\(\)/g, `broker-auth login ${name}`)
    .replaceAll(/network\(\)/g, "broker-auth doctor")
    .replaceAll("call broker-auth", "run broker-auth")
    .replaceAll("Call again", "Run it again");
}
