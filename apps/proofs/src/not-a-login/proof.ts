import type { BrokerAuthErrorCode } from "@x/core";
import { type BrokerScenario, openTestEnvironment, type TestAccountName, type TestAuth } from "@x/test-environment";
import { sendSteps } from "../attempts/refused-sends.ts";
import { outcomeOf } from "../harness/outcome.ts";
import { requests } from "../harness/requests.ts";
import { counted, faults, type Proof, type ProofContext, total } from "../harness/proof.ts";

/** A refusal that says nothing about the session, and what the caller has to be told: an error code, or the answer's status as it is. */
interface Case {
  /** Absent: the request itself is what is refused. */
  readonly scenario?: BrokerScenario;
  readonly request: string;
  readonly told: BrokerAuthErrorCode | number;
  /** Login calls where nothing but a new session could tell a dead one from a missing permission; otherwise none. */
  readonly loginCalls?: 1;
}

export const proof: Proof = {
  promises: ["P5"],
  bar: "wrong address, another address, no permission, rate limit, maintenance, no data, a 440 for a report: 0 logins (a 403 without a body everywhere: 1 call), and the right code for each",
  async run(context) {
    const found = {
      kinds: total("kinds of refusals"),
      refusals: total("calls at the brokers"),
      logins: total("login calls too many or too few", { exactly: 0 }),
      lost: total("sessions lost", { exactly: 0 }),
      wrong: faults("wrong codes"),
    };
    for (const name of ["main", "hedge"] as const) {
      for (const one of cases[name]) {
        await using test = await openTestEnvironment();
        found.kinds.add(1);
        const auth = test.engine();
        const first = await auth.session(name);
        const mark = test.sandbox.journal.mark();
        if (one.scenario !== undefined) test.play(name, one.scenario);
        found.wrong.add(...(await ask(auth, name, one, context)));
        found.refusals.add(test.sandbox.journal.count({ account: name, after: mark }));
        test.endScenarios(name);
        // The session is still there, and good.
        const status = await outcomeOf(auth.fetch(name, requests[name].read.path));
        const { generation, state } = await auth.status(name);
        found.lost.add(status !== "200" || generation !== first.generation || state !== "logged_in");
        const loginCalls = test.sandbox.journal.count({ account: name, step: sendSteps[name], after: mark });
        found.logins.add(loginCalls - (one.loginCalls ?? 0));
      }
    }
    return counted(found);
  },
};

/** The same request one by one and in a burst, in several programs' places. Returns what was told wrongly. */
async function ask(auth: TestAuth, name: TestAccountName, one: Case, { scale }: ProofContext): Promise<string[]> {
  const times = scale === "full" ? 50 : 3;
  const { path, init } = requests[name][one.request]!;
  const send = (): Promise<string> => outcomeOf(auth.fetch(name, path, init));
  const outcomes: string[] = [];
  for (let time = 0; time < times; time++) outcomes.push(await send());
  outcomes.push(...(await Promise.all(Array.from({ length: times }, send))));
  const { name: scenario, step, status }: Partial<BrokerScenario> = one.scenario ?? {};
  const shown = typeof status === "number" ? ` ${status}` : "";
  const what = `${name} ${one.request}, ${scenario ?? "no scenario"}${shown} at ${step ?? "every call"}`;
  return outcomes
    .filter((outcome) => outcome !== String(one.told))
    .map((outcome) => `${what}: ${outcome} instead of ${one.told}`);
}

// What both brokers do alike. A read and an order are named differently, and the read is none that tells of the session by itself.
const common = (read: string, step: string, order: string): readonly Case[] => [
  { scenario: { name: "ip-not-allowed" }, request: "order", told: "ip_not_allowed" },
  { scenario: { name: "forbidden", step }, request: read, told: "permission_denied" },
  { scenario: { name: "forbidden", step: order }, request: "order", told: "permission_denied" },
  { scenario: { name: "rate-limit" }, request: read, told: "rate_limited" },
  { scenario: { name: "rate-limit", retryAfterSeconds: 5 }, request: "order", told: "rate_limited" },
  { scenario: { name: "server-error", status: 500 }, request: read, told: "broker_unavailable" },
  { scenario: { name: "server-error", status: 503 }, request: "order", told: "outcome_unknown" },
  { scenario: { name: "html-page", status: 502 }, request: read, told: "broker_unavailable" },
  { scenario: { name: "html-page", status: 503 }, request: "order", told: "outcome_unknown" },
  { scenario: { name: "html-page", status: 504 }, request: read, told: "broker_unavailable" },
  { scenario: { name: "html-page", status: 400 }, request: read, told: 400 },
  { scenario: { name: "html-page", status: 401, step }, request: read, told: 401 },
  { scenario: { name: "html-page", status: 404 }, request: read, told: 404 },
  { scenario: { name: "html-page", status: 200 }, request: read, told: 200 },
  { scenario: { name: "reset" }, request: read, told: "broker_unavailable" },
  { scenario: { name: "reset" }, request: "order", told: "outcome_unknown" },
  { scenario: { name: "redirect", status: 302 }, request: read, told: "protocol_error" },
  { scenario: { name: "redirect", status: 307 }, request: "order", told: "outcome_unknown" },
  { request: "malformed", told: 400 },
];

const cases: Readonly<Record<TestAccountName, readonly Case[]>> = {
  main: [
    ...common("read", "holdings", "order"),
    // Not even the probe gets through, and the broker says why.
    { scenario: { name: "forbidden" }, request: "read", told: "permission_denied" },
    { scenario: { name: "ip-not-allowed", registered: true }, request: "order", told: "ip_not_allowed" },
    { scenario: { name: "report-440" }, request: "report", told: 440 },
    { request: "report", told: 440 },
    { request: "quotes", told: 404 },
  ],
  hedge: [
    ...common("holdings", "holdings", "place-order"),
    // Not even the probe gets through, and without a word: one login is tried, and is turned away by the same.
    { scenario: { name: "forbidden" }, request: "holdings", told: "broker_unavailable", loginCalls: 1 },
    { scenario: { name: "session-ip" }, request: "order", told: "ip_not_allowed" },
    { scenario: { name: "upstream" }, request: "holdings", told: "broker_unavailable" },
    { scenario: { name: "upstream" }, request: "order", told: "outcome_unknown" },
    { scenario: { name: "no-data" }, request: "read", told: 200 },
    { scenario: { name: "echo-secrets" }, request: "holdings", told: 400 },
    { scenario: { name: "wrong-access-token", step: "quotes" }, request: "quotes", told: 401 },
  ],
};
