import type { AccountStatus, LoginHandlers, LoginOutcome, SessionOf } from "@x/core";
import { holdings } from "@x/examples/holdings.ts";
import { type CallReport, callAccount, failure, type FailureReport } from "./account-call.ts";
import type { DemoProvider } from "./broker-facts.ts";
import { type DeskAuth, type Engine, unattendedAccounts } from "./strategy/engine.ts";

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

interface LoginReportOptions extends Engine {
  /** Answers for an account whose login asks a person; undefined where nobody is there. */
  readonly person: ((account: string) => LoginHandlers) | undefined;
  readonly signal: AbortSignal;
}

/** Logs in everywhere at once and tries every session. What fails at a broker is part of the report. */
export async function logInEverywhere({
  auth,
  configuration,
  person,
  signal,
}: LoginReportOptions): Promise<LoginReport> {
  const { use } = configuration;
  const unattended = unattendedAccounts(configuration);
  const startedAt = Date.now();
  const settledAt = new Map<string, number>();
  const stop = auth.on(({ type, account, at }) => {
    if (type === "session" || type === "failed") settledAt.set(account, at);
  });
  // What a person has opened is found again below, and what went wrong is told there.
  if (person !== undefined)
    await Promise.allSettled(
      auth.accounts.filter((name) => !unattended.includes(name)).map(async (name) => auth.login(name, person(name))),
    );
  const outcomes = await auth.loginAll({ signal });
  stop();
  const took = ({ account }: { readonly account: string }): number =>
    Math.max(0, (settledAt.get(account) ?? Date.now()) - startedAt);
  const live = new Set(outcomes.filter(({ ok }) => ok).map(({ account }) => account));
  const [accounts, calls, aliases] = await Promise.all([
    Promise.all(outcomes.map(async (outcome) => describe(auth, outcome, took(outcome)))),
    Promise.all([...live].map(async (account) => callAccount(auth, account))),
    Promise.all(Object.entries(use).map(async ([alias, account]) => readAlias(auth, alias, live.has(account)))),
  ]);
  const ok =
    [...accounts, ...calls, ...aliases].every(({ error }) => error === undefined) && calls.every((one) => one.ok);
  return { ok, accounts, calls, use: aliases };
}

async function describe(
  auth: DeskAuth,
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

// What is wrong with an account that is not live is in the report already.
async function readAlias(auth: DeskAuth, alias: string, isLive: boolean): Promise<AliasReport> {
  const { account, broker } = await auth.status(alias);
  const facts = { alias, account, broker, holdings: null };
  if (!isLive) return facts;
  try {
    return { ...facts, holdings: (await holdings(auth, alias)).length };
  } catch (error) {
    return { ...facts, error: failure(error) };
  }
}

function redacted(value: string): string {
  return value.startsWith("Bearer ") ? "Bearer [secret]" : "[secret]";
}
