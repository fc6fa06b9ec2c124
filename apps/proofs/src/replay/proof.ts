import { setImmediate as turn } from "node:timers/promises";
import type { AuthorizedRequestInit, BrokerAuthErrorCode } from "@x/core";
import { type BrokerScenario, openTestEnvironment, type TestAccountName, type TestAuth } from "@x/test-environment";
import { outcomeOf } from "../harness/outcome.ts";
import { counted, faults, type Proof, type ProofContext, total } from "../harness/proof.ts";
import { addressOf, requests, type SampleRequest } from "../harness/requests.ts";

export const proof: Proof = {
  promises: ["P11"],
  bar: "streams, refused orders, orders without an answer, slow new logins, a session that another program minted or ended: an order is sent once, on the newest session, a refused read twice",
  async run(context) {
    const found = newFound();
    for (const one of cases) found.wrong.add(...(await tryOut(one)));
    found.kinds.add(cases.length);
    const rounds = context.scale === "full" ? 60 : 5;
    for (const name of ["main", "hedge"] as const) {
      found.older.add(...(await onNewest(name)));
      for (let round = 0; round < rounds; round++)
        await storm(found, name, context.scale === "full" ? 60 : 30, context);
    }
    return counted(found);
  },
};

interface Case {
  readonly name: TestAccountName;
  readonly request: string;
  readonly scenario: BrokerScenario;
  readonly init?: AuthorizedRequestInit;
  readonly body?: "text" | "stream" | "request";
  readonly arrivals: number;
  readonly told: BrokerAuthErrorCode | number;
}

/** One request under one scenario, in a session that was good when it was sent. */
async function tryOut(one: Case): Promise<string[]> {
  await using test = await openTestEnvironment();
  const { name } = one;
  const auth = test.engine();
  await auth.session(name);
  const target = requests[name][one.request]!;
  const { step, path } = target;
  const { journal } = test.sandbox;
  test.play(name, { step, ...one.scenario });
  const mark = journal.mark();
  const init: AuthorizedRequestInit = { ...initOf(target, one.body), ...one.init };
  const count = (): number => journal.count({ step, after: mark });
  if (one.scenario.name === "hang") init.signal = onceArrived(count);
  const whole = one.body === "request" ? new Request((await auth.origin(name)) + path, init) : undefined;
  const outcome = await outcomeOf(whole === undefined ? auth.fetch(name, path, init) : auth.fetch(name, whole));
  const arrivals = count();
  const what = [name, one.request, one.body, one.init?.replay === true ? "replay" : "", "under", one.scenario.name];
  return [
    ...(arrivals === one.arrivals ? [] : [`${what.join(" ")}: sent ${arrivals} times instead of ${one.arrivals}`]),
    ...(outcome === String(one.told) ? [] : [`${what.join(" ")}: told ${outcome} instead of ${one.told}`]),
  ];
}

/** A caller who leaves a request that hangs, as soon as it has arrived. */
function onceArrived(count: () => number): AbortSignal {
  const gone = new AbortController();
  const looking = setInterval(() => {
    if (count() === 0) return;
    clearInterval(looking);
    gone.abort();
  }).unref();
  return gone.signal;
}

/** Another program ends the session, or logs in anew as well, and the next order of this one goes out on a living one: it is not refused first. */
async function onNewest(name: TestAccountName): Promise<string[]> {
  await using test = await openTestEnvironment({ sandbox: { kotakNeo: { sessions: "exclusive" } } });
  const { journal } = test.sandbox;
  const { order } = requests[name];
  const [mine, other] = [test.engine(), test.engine()];
  const wrong: string[] = [];
  for (let round = 0; round < 4; round++) {
    await mine.session(name);
    await other.logout(name);
    if (round % 2 === 0) await other.session(name);
    const mark = journal.mark();
    const outcome = await outcomeOf(mine.fetch(name, order.path, order.init));
    const arrived = journal.entries({ step: order.step, after: mark }).map((entry) => entry.outcome);
    if (outcome !== "200" || arrived.join() !== "accepted") wrong.push(`${name}: ${outcome}, ${arrived.join()}`);
    test.clock.advance(600_000);
  }
  return wrong;
}

const newFound = () => ({
  kinds: total("kinds of requests"),
  wrong: faults("sent or told wrongly"),
  older: faults("orders that left on a session that another program has replaced or ended"),
  orders: total("orders while sessions died"),
  ordersTwice: total("sent twice", { exactly: 0 }),
  /** Or told to be, and they were not. */
  untrue: total("executed although told they were not", { exactly: 0 }),
  reads: total("reads"),
  repeated: total("of them repeated", { atLeast: 1 }),
  readsThrice: total("sent three times", { exactly: 0 }),
  odd: faults("told anything unexpected"),
});

type Found = ReturnType<typeof newFound>;

/** Many orders and reads at once, from two programs, while the session dies under them and the network loses answers. The new login is slow. */
async function storm(found: Found, name: TestAccountName, count: number, { random }: ProofContext): Promise<void> {
  await using test = await openTestEnvironment();
  const { journal } = test.sandbox;
  const { order, read } = requests[name];
  let dead = false;
  let until = Math.floor(random() * count);
  const wire: typeof fetch = async (input, init) => {
    const { pathname } = addressOf(input);
    if (dead && /verifypin|Validate/.test(pathname)) for (let rounds = 0; rounds < 200; rounds++) await turn();
    if (pathname === order.path || pathname === read.path) {
      until -= 1;
      if (until === 0) test.endSessions(name);
      dead ||= until === 0;
    }
    return fetch(input, init);
  };
  const programs = [test.engine({ fetch: wire }), test.engine({ fetch: wire })];
  for (const auth of programs) await auth.session(name);
  const mark = journal.mark();
  for (const fault of ["reset", "server-error", "rate-limit"] as const) {
    const { step } = random() < 0.5 ? order : read;
    const [acted, times, skip] = [random() < 0.5, 1 + Math.floor(random() * 3), Math.floor(random() * 20)];
    test.play(name, { name: fault, step, acted, times, skip });
  }
  const outcomes = new Map<string, string>();
  const requested = Array.from({ length: count }, async (_, index) => {
    for (let rounds = Math.floor(random() * 60); rounds > 0; rounds--) await turn();
    const auth = programs[index % programs.length] as TestAuth;
    const id = `${index % 3 === 0 ? "read" : "order"}-${index}`;
    const body = order.init.body?.replace("INVENTED", id) ?? "";
    const [path, init] = index % 3 === 0 ? [`${read.path}?id=${id}`, {}] : [order.path, { ...order.init, body }];
    outcomes.set(id, await outcomeOf(auth.fetch(name, path, init)));
  });
  await Promise.all(requested);

  const arrivals = journal.entries({ step: [order.step, read.step], after: mark });
  const byId = Object.groupBy(
    arrivals,
    ({ query, body }) => /(?:order|read)-\d+/.exec(query + JSON.stringify(body ?? ""))?.[0] ?? "",
  );
  const expected = ["200", "session_expired", "outcome_unknown", "broker_unavailable", "rate_limited"];
  for (const [id, outcome] of outcomes) {
    const those = byId[id] ?? [];
    const accepted = those.some((entry) => entry.outcome === "accepted");
    if (!expected.includes(outcome)) found.odd.add(`${name}: ${outcome}`);
    if (id.startsWith("read")) {
      found.reads.add(1);
      found.repeated.add(those.length === 2);
      found.readsThrice.add(those.length > 2);
    } else {
      found.orders.add(1);
      found.ordersTwice.add(those.length > 1);
      found.untrue.add(outcome === "session_expired" ? accepted : outcome === "200" && !accepted);
    }
  }
}

function initOf({ init }: SampleRequest, body: Case["body"] = "text"): RequestInit {
  // Node asks for `duplex` where the body is a stream.
  return body === "stream" ? { ...init, body: new Blob([init.body ?? ""]).stream(), duplex: "half" } : init;
}

const dies: BrokerScenario = { name: "session-expired", times: 1 };
const again = { init: { replay: true } } as const;

const cases: readonly Case[] = [
  ...(["main", "hedge"] as const).flatMap((name): readonly Case[] => [
    { name, request: "order", scenario: dies, arrivals: 1, told: "session_expired" },
    { name, request: "order", body: "stream", scenario: dies, arrivals: 1, told: "session_expired" },
    { name, request: "order", body: "request", scenario: dies, arrivals: 1, told: "session_expired" },
    { name, request: "order", scenario: { name: "reset" }, arrivals: 1, told: "outcome_unknown" },
    { name, request: "order", scenario: { name: "reset", acted: true }, arrivals: 1, told: "outcome_unknown" },
    { name, request: "order", body: "stream", scenario: { name: "reset" }, arrivals: 1, told: "outcome_unknown" },
    { name, request: "order", scenario: { name: "hang" }, arrivals: 1, told: "outcome_unknown" },
    { name, request: "order", scenario: { name: "hang", acted: true }, arrivals: 1, told: "outcome_unknown" },
    { name, request: "order", scenario: { name: "server-error" }, arrivals: 1, told: "outcome_unknown" },
    { name, request: "order", scenario: { name: "rate-limit" }, arrivals: 1, told: "rate_limited" },
    { name, request: "order", scenario: { name: "redirect", status: 307 }, arrivals: 1, told: "outcome_unknown" },
    { name, request: "order", scenario: { name: "html-page", status: 200 }, arrivals: 1, told: 200 },
    // The caller's word for it that a second one does no harm. What got no answer is still not repeated, and a stream cannot be.
    { name, request: "order", ...again, scenario: dies, arrivals: 2, told: 200 },
    { name, request: "order", ...again, scenario: { name: "reset" }, arrivals: 1, told: "outcome_unknown" },
    { name, request: "order", ...again, body: "stream", scenario: dies, arrivals: 1, told: "session_expired" },
    { name, request: "read", scenario: dies, arrivals: 2, told: 200 },
    { name, request: "read", body: "request", scenario: dies, arrivals: 2, told: 200 },
    { name, request: "read", scenario: { ...dies, times: 5 }, arrivals: 2, told: "session_replaced" },
    { name, request: "read", init: { replay: false }, scenario: dies, arrivals: 1, told: "session_expired" },
    { name, request: "read", scenario: { name: "reset" }, arrivals: 1, told: "broker_unavailable" },
    { name, request: "read", scenario: { name: "hang" }, arrivals: 1, told: "aborted" },
    { name, request: "read", scenario: { name: "server-error" }, arrivals: 1, told: "broker_unavailable" },
  ]),
  // Kotak Neo's POSTs that only read, and those that do not or are not known to.
  ...["limits", "margin"].flatMap((request): readonly Case[] => [
    { name: "hedge", request, scenario: dies, arrivals: 2, told: 200 },
    { name: "hedge", request, body: "stream", scenario: dies, arrivals: 1, told: "session_expired" },
    { name: "hedge", request, scenario: { name: "reset" }, arrivals: 1, told: "broker_unavailable" },
  ]),
  ...["modify", "cancel", "history"].flatMap((request): readonly Case[] => [
    { name: "hedge", request, scenario: dies, arrivals: 1, told: "session_expired" },
    { name: "hedge", request, scenario: { name: "reset" }, arrivals: 1, told: "outcome_unknown" },
  ]),
];
