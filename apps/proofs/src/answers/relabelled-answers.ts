import { jData } from "@x/kotak-neo";
import type { AnswerGround, Name } from "./answer-ground.ts";
import type { AnswerRelay, RelayedAnswer } from "./answer-relay.ts";
import { labelled } from "./answer-bends.ts";

/** How a gateway may hand on what the broker said. */
interface Label {
  readonly what: string;
  readonly change: (answer: RelayedAnswer) => RelayedAnswer;
}

const types = ["application/json", "text/html; charset=utf-8", "text/plain", "application/octet-stream", ""] as const;

const labels: readonly Label[] = types.flatMap((type) =>
  [1, 2, 7].map((pieces) => ({
    what: `${type === "" ? "no type" : type} in ${pieces}`,
    change: (answer: RelayedAnswer) => ({
      ...labelled(type)(answer),
      ...(pieces === 1 ? {} : { pieces }),
      ...(pieces === 7 ? { reason: "\u0917\u0932\u0924" } : {}),
    }),
  })),
);

const reads = { main: "/portfolio/holdings", hedge: "/portfolio/v1/holdings" } as const;

/** One form of a dead session at each broker, by the word of its sandbox. */
const ends = {
  main: ["current", "status-401", "status-403", "message", "detail", "empty"],
  hedge: [
    "100022",
    "1003",
    "nested",
    "stcode-401",
    "stcode-403",
    "http-401",
    "900901",
    "10020",
    "bare",
    "empty",
    "http-403",
  ],
} as const;

export interface Relabelled {
  readonly what: string;
  play(ground: AnswerGround): Promise<string | undefined>;
}

/** A dead session is found in every form and under every label: the read is answered by a new one. */
export function deadSessions(): readonly Relabelled[] {
  return (["main", "hedge"] as const).flatMap((name) =>
    ends[name].flatMap((form) =>
      labels.map((label) => ({
        what: `${name}, ${form} as ${label.what}`,
        play: async (ground: AnswerGround) => {
          await using program = ground.program();
          const { generation } = await program.auth.session(name);
          if (name === "main")
            ground.test.sandbox.nubra.setScenario(name, { name: "session-expired", failureStyle: form, times: 1 });
          else ground.test.sandbox.kotakNeo.setScenario(name, { name: "session-expired", form, times: 1 });
          const relay = relayOf(ground, name);
          relay.bend = (path, answer) => (isLogin(path) ? undefined : label.change(answer));
          const outcome = await program.run(async () => (await program.auth.fetch(name, reads[name])).status);
          relay.bend = undefined;
          const after = await program.auth.status(name);
          ground.test.clock.advance(31_000);
          const found = "value" in outcome && outcome.value === 200 && after.generation > generation;
          return found ? undefined : JSON.stringify(outcome);
        },
      })),
    ),
  );
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
  return (["main", "hedge"] as const).flatMap((name) =>
    livingBodies.flatMap((body) =>
      labels.map((label) => ({
        what: `${name}, ${body} as ${label.what}`,
        play: async (ground: AnswerGround) => {
          await using program = ground.program();
          const { generation } = await program.auth.session(name);
          const relay = relayOf(ground, name);
          relay.bend = (path, answer) => (path === reads[name] ? label.change({ ...answer, body }) : undefined);
          const outcome = await program.run(async () => (await program.auth.fetch(name, reads[name])).text());
          relay.bend = undefined;
          const after = await program.auth.status(name);
          ground.test.clock.advance(31_000);
          const kept = "value" in outcome && outcome.value === body && after.generation === generation;
          return kept ? undefined : JSON.stringify(outcome);
        },
      })),
    ),
  );
}

/** A firewall's page in front of everything: no login, and the session is good as soon as the page is gone. */
export function firewallPages(): readonly Relabelled[] {
  const page = "<html><head><title>Request blocked</title></head><body>Support ID 4711</body></html>";
  return (["main", "hedge"] as const).flatMap((name) =>
    [401, 403, 404, 406].map((status) => ({
      what: `${name}, a page with ${status}`,
      play: async (ground: AnswerGround) => {
        await using program = ground.program();
        const { generation } = await program.auth.session(name);
        for (const relay of [ground.nubra, ground.login, ground.trading])
          relay.bend = () => ({ status, headers: { "content-type": "text/html; charset=utf-8" }, body: page });
        await program.run(async () => (await program.auth.fetch(name, reads[name])).status);
        for (const relay of [ground.nubra, ground.login, ground.trading]) relay.bend = undefined;
        const outcome = await program.run(async () => (await program.auth.fetch(name, reads[name])).status);
        const after = await program.auth.status(name);
        ground.test.clock.advance(31_000);
        const kept = "value" in outcome && outcome.value === 200 && after.generation === generation;
        return kept ? undefined : `${JSON.stringify(outcome)}, generation ${after.generation - generation} later`;
      },
    })),
  );
}

/** Odd statuses and reason phrases: what was answered is what the program gets, an order's answer above all. */
export function oddStatuses(): readonly Relabelled[] {
  const lines: readonly (readonly [number, string | undefined])[] = [
    [200, "\u0920\u0940\u0915"],
    [299, "Miscellaneous"],
    [400, "\u0917\u0932\u0924"],
    [409, ""],
    [418, undefined],
    [422, "\u00e9"],
  ];
  return (["main", "hedge"] as const).flatMap((name) =>
    lines.flatMap(([status, reason]) =>
      ["read", "order"].map((kind) => ({
        what: `${name}, a ${kind} answered by ${status} ${reason ?? ""}`,
        play: async (ground: AnswerGround) => {
          await using program = ground.program();
          await program.auth.session(name);
          const relay = relayOf(ground, name);
          const body = '{"stat":"Ok","stCode":200,"nOrdNo":"1"}';
          relay.bend = (path, answer) =>
            isLogin(path) ? undefined : { ...answer, status, body, ...(reason === undefined ? {} : { reason }) };
          const [path, init] = kind === "read" ? [reads[name], {}] : orders[name];
          const outcome = await program.run(async () => {
            const answer = await program.auth.fetch(name, path, init);
            return `${answer.status} ${await answer.text()}`;
          });
          relay.bend = undefined;
          ground.test.clock.advance(31_000);
          return "value" in outcome && outcome.value === `${status} ${body}` ? undefined : JSON.stringify(outcome);
        },
      })),
    ),
  );
}

const orders: Readonly<Record<Name, readonly [string, RequestInit]>> = {
  main: [
    "/orders/v2/single",
    { method: "POST", headers: { "content-type": "application/json" }, body: '{"symbol":"INVENTED"}' },
  ],
  hedge: ["/quick/order/rule/ms/place", { method: "POST", body: jData({ ts: "INVENTED" }) }],
};

function relayOf(ground: AnswerGround, name: Name): AnswerRelay {
  return name === "main" ? ground.nubra : ground.trading;
}

function isLogin(path: string): boolean {
  return /totp\/login|verifypin|tradeApi/.test(path);
}
