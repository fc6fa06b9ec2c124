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
    const message = error.account === undefined ? messageOf(error) : `${error.account}: ${messageOf(error)}`;
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

/** What an error says, in words for a person: the step, the code and the field of a typed answer are facts, which `--json` tells. */
export function messageOf({ code, field = "", message, step }: BrokerAuthError): string {
  const name = typed[field];
  // Where the broker said no, the step helps nobody; where its answer is not understood, a report needs it.
  const told =
    step !== undefined && errorCodes[code].attempt === "refused" ? message.replace(`${step}: `, "") : message;
  if (name === undefined) return told.replace(codeInBrackets, "");
  return told
    .replace(`${field}: must be`, `${name} must be`)
    .replace(`${field}: the `, "the ")
    .replace("the digits of the SMS, 4 to 8", "4 to 8 digits, as they stand in the SMS")
    .replace(", given as a string", "");
}

const codeInBrackets = new RegExp(` \\((?:${Object.keys(errorCodes).join("|")})\\)`);

// What a login asks a person for.
const typed: Readonly<Record<string, string>> = { otp: "the code", totp: "the code", mpin: "the MPIN" };

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
    .replaceAll(/(?:auth\.)?(login|unlock|purge)\((?:account(?:, handlers)?)?\)/g, `broker-auth $1 ${name}`)
    .replaceAll(/(?:auth\.)?network\(\)/g, "broker-auth doctor")
    .replaceAll(/with a handler for (?:this challenge|the OTP)/g, "in a terminal")
    .replaceAll(/\bAn broker-auth/g, "A broker-auth")
    .replaceAll("call broker-auth", "run broker-auth")
    .replaceAll("Call broker-auth", "Run broker-auth")
    .replaceAll("Call again", "Run it again")
    .replace(" (or totpCode)", "")
    .replace(/, or say replay: true [^.]*/, "");
}
