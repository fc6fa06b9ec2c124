import type { AccountStatus, LoginHandlers } from "@x/core";
import { holdings } from "@x/examples/holdings.ts";
import { type CallReport, callAccount, failure, type FailureReport } from "./account-call.ts";
import { type DeskAuth, type Engine, unattendedAccounts } from "./strategy/engine.ts";

/** The first round: all logins, a call with each session, and what the aliases stand for. As JSON it is the demo's `--json` line. */
export interface LoginReport {
  readonly ok: boolean;
  readonly accounts: readonly AccountReport[];
  readonly calls: readonly CallReport[];
  readonly use: readonly AliasReport[];
}

export interface AccountReport extends Pick<AccountStatus, "account" | "broker" | "environment" | "state"> {
  /** ISO 8601; null without a session. */
  readonly expiresAt: string | null;
  /** How this run came to the session: its own login or renewal, or from the store; null without one. */
  readonly obtainedBy: "login" | "renewal" | "store" | null;
  readonly tookMs: number;
  /** Names, and what is no secret of the values: `authorization: Bearer [secret]`. */
  readonly headers: readonly string[];
  readonly error?: FailureReport;
}

export interface AliasReport extends Pick<AccountStatus, "account" | "broker"> {
  readonly alias: string;
  /** How many; null if they could not be read. */
  readonly holdings: number | null;
  readonly error?: FailureReport;
}

/**
 * Logs in everywhere at once and tries every session. What fails at a broker is part of the report.
 * @param person answers for an account whose login asks one; undefined where nobody is there
 */
export async function logInEverywhere(
  { auth, configuration }: Engine,
  person: ((account: string) => LoginHandlers) | undefined,
  signal: AbortSignal,
): Promise<LoginReport> {
  const unattended = unattendedAccounts(configuration);
  const accounts = await Promise.all(
    auth.accounts.map(async (name) =>
      report(auth, name, async () =>
        person === undefined || unattended.includes(name)
          ? auth.session(name, { signal })
          : auth.login(name, person(name)),
      ),
    ),
  );
  const live = accounts.filter(({ error }) => error === undefined).map(({ account }) => account);
  const [calls, use] = await Promise.all([
    Promise.all(live.map(async (account) => callAccount(auth, account))),
    Promise.all(Object.entries(configuration.use).map(async ([alias, name]) => readAlias(auth, alias, live, name))),
  ]);
  const ok = [...accounts, ...calls, ...use].every(({ error }) => error === undefined) && calls.every((one) => one.ok);
  return { ok, accounts, calls, use };
}

async function report(
  auth: DeskAuth,
  name: string,
  logIn: () => ReturnType<DeskAuth["session"]>,
): Promise<AccountReport> {
  const startedAt = Date.now();
  const login = await logIn().catch((error: unknown) => ({ error: failure(error) }));
  const tookMs = Date.now() - startedAt;
  const { account, broker, environment, state } = await auth.status(name);
  const facts = { account, broker, environment, state, tookMs };
  if ("error" in login) return { ...facts, expiresAt: null, obtainedBy: null, headers: [], error: login.error };
  const headers = Object.entries(await auth.headers(name)).map(
    ([header, value]) => `${header}: ${value.startsWith("Bearer ") ? "Bearer " : ""}[secret]`,
  );
  return { ...facts, expiresAt: new Date(login.expiresAt).toISOString(), obtainedBy: login.obtainedBy, headers };
}

// What is wrong with an account that is not live is in the report already.
async function readAlias(auth: DeskAuth, alias: string, live: readonly string[], name: string): Promise<AliasReport> {
  const { account, broker } = await auth.status(alias);
  const facts = { alias, account, broker, holdings: null };
  if (!live.includes(name)) return facts;
  try {
    return { ...facts, holdings: (await holdings(auth, alias)).length };
  } catch (error) {
    return { ...facts, error: failure(error) };
  }
}
