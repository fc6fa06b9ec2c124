import type { TestAuth } from "@x/test-environment";
import { outcomeOf } from "../harness/outcome.ts";
import { requests } from "../harness/requests.ts";
import type { RelayedBrokers, Name } from "./relayed-brokers.ts";
import type { Alter, RelayedAnswer } from "./answer-relay.ts";
import { type Change, labelled } from "./answer-changes.ts";

const types = ["application/json", "text/html; charset=utf-8", "text/plain", "application/octet-stream", ""] as const;

/** How a gateway may hand on what the broker said. */
const labels = types.flatMap((type) =>
  [1, 2, 7].map((pieces) => ({
    what: `${type === "" ? "no type" : type} in ${pieces}`,
    change: (answer: RelayedAnswer) => ({
      ...labelled(type)(answer),
      ...(pieces === 1 ? {} : { pieces }),
      ...(pieces === 7 ? { reason: "\u0917\u0932\u0924" } : {}),
    }),
  })),
);

const names = ["main", "hedge"] as const;
const reads = { main: "/portfolio/holdings", hedge: "/portfolio/v1/holdings" } as const;

/** One form of a dead session at each broker, by the word of its sandbox. */
const ends = {
  main: ["current", "status-401", "status-403", "message", "detail", "empty"],
  hedge: "100022 1003 nested stcode-401 stcode-403 http-401 900901 10020 bare empty http-403".split(" "),
} as const;

/** A request of a program while answers are changed, and whether its outcome is right. */
export interface Relabelled {
  readonly what: string;
  readonly name: Name;
  readonly alter: Alter;
  /** In front of every host. Default: of the one that a program's own requests go to. */
  readonly everywhere?: true;
  readonly request: (auth: TestAuth, brokers: RelayedBrokers) => Promise<unknown>;
  readonly isRight: (result: unknown, generations: number) => boolean;
}

/** Plays it in one session of a new program. Returns what is wrong with the outcome, or undefined. */
export async function playRelabelled(brokers: RelayedBrokers, one: Relabelled): Promise<string | undefined> {
  const { what, name, alter, everywhere, request, isRight } = one;
  const { nubra, login, trading } = brokers;
  await using program = brokers.program();
  const { generation } = await program.auth.session(name);
  const relays = everywhere ? [nubra, login, trading] : [name === "main" ? nubra : trading];
  for (const relay of relays) relay.alter = alter;
  const outcome = await program.run(() => request(program.auth, brokers));
  for (const relay of relays) relay.alter = undefined;
  const generations = (await program.auth.status(name)).generation - generation;
  brokers.test.clock.advance(31_000);
  if ("value" in outcome && isRight(outcome.value, generations)) return undefined;
  return `${what}: ${JSON.stringify(outcome)}, generation ${generations} later`;
}

function afterLogin(change: Change): Alter {
  return (path, answer) => (/totp\/login|verifypin|tradeApi/.test(path) ? undefined : change(answer));
}

/** A dead session is found in every form and under every label: the read is answered by a new one. */
export function deadSessions(): readonly Relabelled[] {
  const cases = names.flatMap((name) => ends[name].flatMap((form) => labels.map((label) => ({ name, form, label }))));
  return cases.map(({ name, form, label }) => ({
    what: `${name}, ${form} as ${label.what}`,
    name,
    alter: afterLogin(label.change),
    async request(auth, { test }) {
      test.play(name, { name: "session-expired", failureStyle: form, form, times: 1 });
      return (await auth.fetch(name, reads[name])).status;
    },
    isRight: (status, generations) => status === 200 && generations > 0,
  }));
}

/** What a living session gets and a hasty reader takes for a dead one. No login follows, and the program has the answer. */
const livingBodies: readonly string[] = [
  '{"stat":"Ok","stCode":200,"data":[{"code":"1003","symbol":"INVENTED"}]}',
  '{"stat":"Ok","stCode":200,"data":{"code":"1003","message":"Holding","type":"EQ"}}',
  '{"stat":"Ok","stCode":200,"code":"100022","message":"x","data":[{"a":1}]}',
  '{"data":{"code":"100022","symbol":"INVENTED"}}',
  '{"data":[{"stCode":1003,"stat":"Not_Ok","errMsg":"Invalid session"}]}',
  '{"code":"1003","symbol":"INVENTED"}',
  '{"stat":"Ok","stCode":200,"data":[],"note":"session expired, unauthorized"}',
  '{"stat":"Not_Ok","stCode":5203,"emsg":"No Data"}',
  '[{"code":"1003","stat":"Not_Ok"}]',
  "invalid session token",
  "<html><body>invalid session token 100022</body></html>",
  '{"error":"session expired","code":440}',
];

export function livingSessions(): readonly Relabelled[] {
  const cases = names.flatMap((name) => livingBodies.flatMap((body) => labels.map((label) => ({ name, body, label }))));
  return cases.map(({ name, body, label }) => ({
    what: `${name}, ${body} as ${label.what}`,
    name,
    alter: (path, answer) => (path === reads[name] ? label.change({ ...answer, body }) : undefined),
    request: async (auth) => (await auth.fetch(name, reads[name])).text(),
    isRight: (given, generations) => given === body && generations === 0,
  }));
}

/** A firewall's page in front of everything: no login, and the session is good as soon as the page is gone. */
export function firewallPages(): readonly Relabelled[] {
  const body = "<html><head><title>Request blocked</title></head><body>Support ID 4711</body></html>";
  const headers = { "content-type": "text/html; charset=utf-8" };
  const cases = names.flatMap((name) => [401, 403, 404, 406].map((status) => ({ name, status })));
  return cases.map(({ name, status }) => ({
    what: `${name}, a page with ${status}`,
    name,
    everywhere: true,
    alter: () => ({ status, headers, body }),
    async request(auth, { nubra, login, trading }) {
      await outcomeOf(auth.fetch(name, reads[name]));
      for (const relay of [nubra, login, trading]) relay.alter = undefined;
      return (await auth.fetch(name, reads[name])).status;
    },
    isRight: (after, generations) => after === 200 && generations === 0,
  }));
}

/** Odd statuses and reason phrases: what was answered is what the program gets, an order's answer above all. */
export function oddStatuses(): readonly Relabelled[] {
  const lines = [
    { status: 200, reason: "\u0920\u0940\u0915" },
    { status: 299, reason: "Miscellaneous" },
    { status: 400, reason: "\u0917\u0932\u0924" },
    { status: 409, reason: "" },
    { status: 418 },
    { status: 422, reason: "\u00e9" },
  ];
  const body = '{"stat":"Ok","stCode":200,"nOrdNo":"1"}';
  const kinds = ["read", "order"] as const;
  const cases = names.flatMap((name) => lines.flatMap((line) => kinds.map((kind) => ({ name, line, kind }))));
  return cases.map(({ name, line, line: { status, reason = "" }, kind }) => ({
    what: `${name}, a ${kind} answered by ${status} ${reason}`,
    name,
    alter: afterLogin((answer) => ({ ...answer, ...line, body })),
    async request(auth) {
      const { path, init } = requests[name][kind];
      const answer = await auth.fetch(name, path, init);
      return `${answer.status} ${await answer.text()}`;
    },
    isRight: (given) => given === `${status} ${body}`,
  }));
}
