import { resolve } from "node:path";
import { formatIndiaTime, type LoginHandlers } from "@x/core";
import { chosenAccounts } from "../account-choice.ts";
import { providerOf } from "../configured-account.ts";
import { type CommonOptions, type Desk, openDesk } from "../desk.ts";
import type { ExitCode } from "../exit-code.ts";
import { failureOf, Interrupted } from "../failure.ts";
import { interruptible } from "../interruption.ts";
import { jsonLine } from "../json-output.ts";
import { Keyboard } from "../keyboard.ts";
import { loginHandlers, pipedHandlers } from "../login-handlers.ts";
import { LoginRecord } from "../login-record.ts";
import { Alarm } from "../notification.ts";
import { tellFailure, tellWarnings } from "../report.ts";
import { configurationPath } from "../configuration-path.ts";
import { canAsk, print, styled, tell } from "../terminal.ts";
import { WaitingLine } from "../waiting-line.ts";

export interface LoginOptions extends CommonOptions {
  readonly json?: boolean | undefined;
  /** A file for the form of every answer, without values. */
  readonly record?: string | undefined;
  /** Run for each account that was not logged in, once for each change of its state. */
  readonly notify?: string | undefined;
  /** Where the broker's page leads back to, as it is registered there. */
  readonly redirectUrl?: string | undefined;
  /** Answers come from standard input, one in each line. */
  readonly stdin?: boolean | undefined;
}

/** Brings accounts to a session, one after the other, and asks a person where one is needed and a terminal is there. */
export async function login(names: readonly string[], options: LoginOptions): Promise<ExitCode> {
  const record = options.record === undefined ? undefined : new LoginRecord();
  const alarm = new Alarm(options.notify, configurationPath(options.config));
  await using desk = await openDesk(options, record?.fetch).catch(async (error: unknown) => {
    const { facts, message } = failureOf(error);
    await alarm.unusable(String(facts["code"]), message);
    throw error;
  });
  alarm.calm();
  tellWarnings(desk.configuration.warnings);
  const line = new WaitingLine();
  const keyboard = new Keyboard();
  const stop = desk.auth.on((event) => line.take(event));
  const handlers =
    options.stdin === true
      ? pipedHandlers()
      : canAsk()
        ? await loginHandlers(line, keyboard, options.redirectUrl)
        : undefined;
  let code: ExitCode = 0;
  try {
    if (canAsk()) keyboard.quiet();
    for (const account of chosenAccounts(desk.configuration, names)) {
      if (record !== undefined) record.broker = providerOf(desk, account).broker;
      const ended = await logIn(desk, account, { handlers, line, json: options.json === true, alarm });
      if (code === 0) code = ended;
    }
  } finally {
    stop();
    line.hide();
    keyboard.release();
    if (record !== undefined && options.record !== undefined) tell(await record.write(resolve(options.record)));
  }
  return code;
}

async function logIn(
  desk: Desk,
  account: string,
  {
    handlers,
    line,
    json,
    alarm,
  }: {
    handlers: LoginHandlers | undefined;
    line: WaitingLine;
    json: boolean;
    alarm: Alarm;
  },
): Promise<ExitCode> {
  const { auth } = desk;
  try {
    // Without anybody to ask, a login that needs a person must not even begin: it would text them a code.
    const session = await interruptible(handlers === undefined ? auth.session(account) : auth.login(account, handlers));
    line.hide();
    alarm.calm(account);
    const { broker, generation, expiresAt, obtainedBy } = session;
    // Nothing was sent, so nothing was learnt of what is configured now.
    const already = obtainedBy === "store" ? " already," : "";
    await print(
      json
        ? jsonLine({ account, broker, state: "logged_in", generation, expiresAt: new Date(expiresAt).toISOString() })
        : `${styled("green", "✓")} ${account}: logged in at ${broker}${already} until ${formatIndiaTime(expiresAt)}\n`,
    );
    return 0;
  } catch (error) {
    line.hide();
    if (error instanceof Interrupted) {
      const { state } = await auth.status(account);
      const resume = `the login waits for its answer: broker-auth login ${account} goes on with it`;
      throw new Interrupted(state === "pending" ? `interrupted; ${resume}` : "interrupted");
    }
    const failure = failureOf(error);
    if (json) await print(jsonLine({ account, error: failure.facts }));
    else await tellFailure(failure, false);
    const code = String(failure.facts["code"]);
    await alarm.failed(desk, { account, code, message: failure.message });
    return failure.exitCode;
  }
}
