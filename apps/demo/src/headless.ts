import { BrokerAuthError, createBrokerAuth, type LoginHandlers } from "@x/core";
import type { Sandbox } from "@x/sandbox";
import type { DemoRun } from "./demo.ts";
import { sandboxAddresses } from "./desk/sandbox-side.ts";
import { openDeskStore } from "./desk-store.ts";
import { logInEverywhere } from "./login-report.ts";
import { renderReport } from "./screen.ts";
import { type DeskAccounts, identityOf } from "./strategy/engine.ts";
import { runInTerminal } from "./strategy/terminal.ts";

/** The demo in the terminal. True if the first round was without failure. @throws BrokerAuthError `configuration` before anything was sent */
export async function runHeadless(run: DemoRun): Promise<boolean> {
  const { folder, accounts, configuration } = run;
  const { once, json } = run.options;
  const { out, env, ended } = run.environment;
  const { running } = run.sandbox;
  // Kept beside the sandbox's own memory, so that a second run adopts the sessions of the first.
  const store = await openDeskStore(folder, env);
  // The page may have moved the sandbox's clock on, for all of its programs.
  const now = (): number => Date.now() + (running?.clock.offsetMs ?? 0);
  await using auth = createBrokerAuth({ ...accounts, store, clock: { now } });
  const person = configuration.own && running !== undefined ? personAt(running) : undefined;
  if (person === undefined) requireUnattended(accounts);
  const report = await logInEverywhere({ auth, configuration: accounts }, person, ended);
  out(json ? `${JSON.stringify(report)}\n` : renderReport(report, running));
  if (once) return report.ok;
  const print = (line: string): void => (json ? undefined : out(`${line}\n`));
  print("\nThe strategy goes on, and what changes is printed. Ctrl-C ends.");
  if (running !== undefined)
    print(
      `To end Nubra's session from outside:\n  curl -d '{"account":"main"}' ${running.controlUrl}/brokers/nubra/end-sessions`,
    );
  await runInTerminal({
    config: configuration.file,
    folder,
    env,
    sandbox: sandboxAddresses(running),
    clockOffsetMs: running?.clock.offsetMs,
    ended,
    print,
  });
  return report.ok;
}

/** What a person does at the sandbox: reads the code that was texted, and says at the login page who is there. */
function personAt({ nubra, zerodha }: Sandbox): (account: string) => LoginHandlers {
  return (account) => ({
    otp: () => nubra.inbox(account).at(-1)?.code ?? "",
    redirect: ({ url }) => zerodha.logInAtPage(url, account),
  });
}

/**
 * The terminal has nobody to ask. Without this check it would find out after the first factor was spent.
 * @throws BrokerAuthError `configuration` naming the first account that needs a person
 */
function requireUnattended(accounts: DeskAccounts): void {
  for (const name of Object.keys(accounts.accounts)) {
    const [ask] = identityOf(accounts, name)?.asks ?? [];
    if (ask === undefined) continue;
    const field = `accounts.${name}`;
    const need =
      ask === "redirect" ? "needs a person at the broker's page" : `asks a person for the ${ask.toUpperCase()}`;
    const message = `${field}: its login ${need}, and nobody is here; give what answers it, or use the page`;
    throw new BrokerAuthError("configuration", message, { field });
  }
}
