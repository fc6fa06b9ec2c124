import { fileURLToPath } from "node:url";
import { BrokerAuthError, createBrokerAuth, type LoginHandlers } from "@x/core";
import type { Sandbox } from "@x/sandbox";
import type { DemoRun } from "./demo.ts";
import { template } from "./desk/desk-configuration.ts";
import { brokerWith, control, sandboxAddresses } from "./desk/sandbox-side.ts";
import { openDeskStore } from "./desk-store.ts";
import { logInEverywhere } from "./login-report.ts";
import { renderReport } from "./screen.ts";
import { type DeskAccounts, identityOf } from "./strategy/engine.ts";
import { runInTerminal } from "./strategy/terminal.ts";

/** The demo in the terminal. True if the first round was without failure. @throws BrokerAuthError `configuration` before anything was sent */
export async function runHeadless({ options, environment, folder, sandbox, load }: DemoRun): Promise<boolean> {
  const { once, json, config } = options;
  const { out, ended } = environment;
  const { configuration, env } = await load(config);
  // Kept beside the sandbox's own memory, so that a second run adopts the sessions of the first.
  const auth = createBrokerAuth({ ...configuration, store: await openDeskStore(folder, env) });
  try {
    const { running } = sandbox;
    const person = config === undefined && running !== undefined ? personAt(running) : undefined;
    if (person === undefined) requireUnattended(configuration);
    const report = await logInEverywhere({ auth, configuration, person, signal: ended });
    out(json ? `${JSON.stringify(report)}\n` : renderReport(report, running));
    if (once) return report.ok;
    const print = (line: string): void => (json ? undefined : out(`${line}\n`));
    print("\nThe strategy goes on, and what changes is printed. Ctrl-C ends.");
    if (running !== undefined)
      print(
        `To end Nubra's session from outside:\n  curl -d '{"account":"main"}' ${running.controlUrl}/brokers/nubra/end-sessions`,
      );
    await runInTerminal({
      config: config ?? fileURLToPath(template("broker-auth.yaml")),
      folder,
      env,
      sandbox: sandboxAddresses(running),
      clockOffsetMs: running?.clock.offsetMs,
      ended,
      print,
    });
    return report.ok;
  } finally {
    await auth.close();
  }
}

/** What a person does at the sandbox: reads the code that was texted, and says at the login page who is there. */
function personAt(sandbox: Sandbox): (account: string) => LoginHandlers {
  return (account) => ({
    otp: () => (control(sandbox, account, "inbox") as { readonly code: string }[] | undefined)?.at(-1)?.code ?? "",
    async redirect({ url }) {
      const customer = brokerWith(sandbox, account)
        ?.accounts()
        .find(({ name }) => name === account);
      const body = new URLSearchParams({
        user_id: (customer as { readonly userId?: string } | undefined)?.userId ?? "",
      });
      const answer = await fetch(url, { method: "POST", body, redirect: "manual" });
      return answer.headers.get("location") ?? "";
    },
  });
}

/**
 * The terminal has nobody to ask. Without this check it would find out after the first factor was spent.
 * @throws BrokerAuthError `configuration` naming the first account that needs a person
 */
function requireUnattended(configuration: DeskAccounts): void {
  for (const name of Object.keys(configuration.accounts)) {
    const [ask] = identityOf(configuration, name)?.asks ?? [];
    if (ask === undefined) continue;
    const field = `accounts.${name}`;
    const need =
      ask === "redirect" ? "needs a person at the broker's page" : `asks a person for the ${ask.toUpperCase()}`;
    const message = `${field}: its login ${need}, and nobody is here; give what answers it, or use the page`;
    throw new BrokerAuthError("configuration", message, { field });
  }
}
