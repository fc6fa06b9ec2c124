import { type AccountStatus, type BrokerAuth, type LoginOutcome, type SessionOf } from "@x/core";
import { type CallReport, callAccount, failure, type FailureReport } from "./account-call.ts";
import type { DemoProvider } from "./demo-configuration.ts";
import { readHoldings } from "./portfolio.ts";

type DemoAuth = BrokerAuth<DemoProvider, string, string>;

/** The first round: all logins, a call with each session, and what the aliases stand for. As JSON it is the demo's `--json` line. */
export interface LoginReport {
  readonly ok: boolean;
  readonly accounts: readonly AccountReport[];
  readonly calls: readonly CallReport[];
  readonly use: readonly AliasReport[];
}

export interface AccountReport {
  readonly account: string;
  readonly broker: string;
  readonly environment: string;
  readonly state: AccountStatus["state"];
  /** ISO 8601; null without a session. */
  readonly expiresAt: string | null;
  /** How this run came to the session: its own login or renewal, or from the store; null without one. */
  readonly obtainedBy: "login" | "renewal" | "store" | null;
  /** From the start of all logins, which run at the same time. */
  readonly tookMs: number;
  /** Names, and what is no secret of the values: `authorization: Bearer [secret]`. */
  readonly headers: readonly string[];
  readonly error?: FailureReport;
}

export interface AliasReport {
  readonly alias: string;
  readonly account: string;
  readonly broker: string;
  /** How many; null if they could not be read. */
  readonly holdings: number | null;
  readonly error?: FailureReport;
}

/** Logs in everywhere at once and tries every session. What fails at a broker is part of the report. */
export async function logInEverywhere(
  auth: DemoAuth,
  use: Readonly<Record<string, string>>,
  signal: AbortSignal,
): Promise<LoginReport> {
  const startedAt = Date.now();
  const settledAt = new Map<string, number>();
  const stop = auth.on(({ type, account, at }) => {
    if (type === "session" || type === "failed") settledAt.set(account, at);
  });
  const outcomes = await auth.loginAll({ signal });
  stop();
  const accounts = outcomes.map(async (outcome) =>
    describe(auth, outcome, Math.max(0, (settledAt.get(outcome.account) ?? Date.now()) - startedAt)),
  );
  const live = outcomes.filter((outcome) => outcome.ok);
  const calls = live.map(async ({ account }) => callAccount(auth, account));
  const aliases = Object.entries(use).map(async ([alias, account]): Promise<AliasReport> => {
    const { broker } = await auth.status(account);
    const facts = { alias, account, broker };
    // What is wrong with an account is in the report already.
    return live.some((outcome) => outcome.account === account) ? readAlias(auth, facts) : { ...facts, holdings: null };
  });
  const report = {
    accounts: await Promise.all(accounts),
    calls: await Promise.all(calls),
    use: await Promise.all(aliases),
  };
  const parts = [...report.accounts, ...report.calls, ...report.use];
  return { ok: parts.every(({ error }) => error === undefined) && report.calls.every(({ ok }) => ok), ...report };
}

async function describe(
  auth: DemoAuth,
  outcome: LoginOutcome<SessionOf<DemoProvider>>,
  tookMs: number,
): Promise<AccountReport> {
  const { account, broker, environment, state } = await auth.status(outcome.account);
  const facts = { account, broker, environment, state, tookMs };
  if (!outcome.ok) return { ...facts, expiresAt: null, obtainedBy: null, headers: [], error: failure(outcome.error) };
  const headers = Object.entries(await auth.headers(account)).map(([name, value]) => `${name}: ${redacted(value)}`);
  const { expiresAt, obtainedBy } = outcome.session;
  return { ...facts, expiresAt: new Date(expiresAt).toISOString(), obtainedBy, headers };
}

async function readAlias(auth: DemoAuth, facts: Omit<AliasReport, "holdings">): Promise<AliasReport> {
  try {
    return { ...facts, holdings: (await readHoldings(auth, facts.alias)).length };
  } catch (error) {
    return { ...facts, holdings: null, error: failure(error) };
  }
}

function redacted(value: string): string {
  return value.startsWith("Bearer ") ? "Bearer [secret]" : "[secret]";
}
