import { isRecord, leavesOf, merged, withLeaf } from "./altered-json.ts";
import type { DeclaredRefusal, DeclaredReply, ProviderTestEnvironment } from "./test-environment.ts";
import { altering, type Disturbance, disturbLogins, errorOf, type Trial } from "./disturbance.ts";
import { check, same } from "./expectation.ts";
import { hides, holds } from "./printed.ts";
import type { Route } from "./route.ts";
import type { ProviderRule } from "./rule.ts";
import type { SeenRequest } from "./witness.ts";

type Make = (clean: SeenRequest, route: Route) => Disturbance | undefined;

/** What an adapter makes of the refusals that its broker is known to give. */
export const refusalRules: readonly ProviderRule[] = [
  {
    title:
      "knows the declared refusals of a login and a renewal: one request, one code, and none of the broker's words",
    advice:
      "a failure table by call, status and body together, for a 2xx as well; no second try; the messages are your own, without who it was",
    async check(test, open) {
      areComplete(test);
      const plain = new Map<Disturbance, DeclaredRefusal>();
      const makes = declaredRefusals(test).flatMap(({ refusal, matches }): readonly Make[] => {
        const whole = { name: nameOf(refusal), play: () => replying(refusal) };
        plain.set(whole, refusal);
        return [(): Disturbance => whole, ...echoesOf(refusal)].map(
          (make): Make =>
            (clean, route) =>
              matches(clean, route) ? make(clean) : undefined,
        );
      });
      await disturbLogins(test, open, makes, (trial) => {
        const refusal = plain.get(trial.disturbance);
        if (refusal !== undefined) areOwnWords(refusal, trial);
        keepsQuiet(trial);
      });
    },
  },
  {
    title: "takes no success that bears the mark of a refusal",
    advice: "where the broker refuses under HTTP 200, the mark is looked for before the tokens are",
    async check(test, open) {
      const { verdicts, provider } = test;
      const inBody = provider.traits.verdictIn === "body";
      const marks = [
        ...(inBody ? verdicts.dead.map((reply) => ({ reply: reply as DeclaredReply, matches: () => true })) : []),
        ...declaredRefusals(test)
          .filter(({ refusal }) => inBody || refusal.status < 300)
          .map(({ refusal, matches }) => ({ reply: refusal as DeclaredReply, matches })),
      ].filter(({ reply }) => isRecord(reply.json));
      const makes = marks.map(({ reply: { json }, matches }): Make => {
        const play = altering({ text: (text) => JSON.stringify(merged(JSON.parse(text), json)) });
        return (clean, route) =>
          matches(clean, route) && isRecord(parsed(clean.answer))
            ? { name: `its own answer and ${JSON.stringify(json)} in it`, play }
            : undefined;
      });
      await disturbLogins(test, open, makes, (trial) => void errorOf(trial));
    },
  },
];

interface Declared {
  readonly refusal: DeclaredRefusal;
  readonly matches: (clean: SeenRequest, route: Route) => boolean;
}

function declaredRefusals({ refusals }: ProviderTestEnvironment): readonly Declared[] {
  return [...declaredIn(refusals.login, false), ...declaredIn(refusals.renew ?? [], true)];
}

function declaredIn(list: readonly DeclaredRefusal[], renews: boolean): readonly Declared[] {
  return list.map((refusal) => ({
    refusal,
    matches: ({ line }, route) => callOf(line) === refusal.call && (route === "renew") === renews,
  }));
}

/** What is not declared would not be looked at, nor what is declared for a call that nobody makes. */
function areComplete({ calls, refusals }: ProviderTestEnvironment): void {
  const lists = [
    ["login", [...calls.login, ...(calls.byHand ?? [])].flat(), refusals.login],
    ["renew", calls.renew ?? [], refusals.renew ?? []],
  ] as const;
  for (const [name, lines, declared] of lists) {
    for (const line of lines.filter((one) => /\b(otp|totp|mpin)\b.* > /.test(one))) {
      const isThere = declared.some(({ call }) => call === callOf(line));
      check(
        isThere,
        `refusals.${name}: found none for ${callOf(line)}, expected each form of one: it carries a factor`,
      );
    }
    check(lines.length === 0 || declared.length > 0, `refusals.${name}: found none in the test environment`);
    for (const { call } of declared) {
      const isMade = lines.some((line) => callOf(line) === call);
      check(isMade, `refusals.${name}: found ${call}, expected one of the calls that calls.${name} has`);
    }
  }
}

function areOwnWords(refusal: DeclaredRefusal, trial: Trial): void {
  const { code, message, action } = errorOf(trial);
  same(code, refusal.code, `the code of ${trial.name}`);
  const shown = leavesOf(refusal.json)
    .filter(isWording)
    .some((words) => holds(`${message} ${action}`, words));
  check(!shown, `the message for ${trial.name}: found the broker's words in it, expected your own`);
}

function keepsQuiet(trial: Trial): void {
  const { test, witness, nth, name } = trial;
  const sent = witness.requests[nth]?.values ?? [];
  hides(errorOf(trial), [...test.markers, ...sent, marker], `the error for ${name}`);
}

const marker = "echo-marker";

/** Each part of a refusal with more words behind it, and in its place what was sent: one at a time, so that the rest says that it is a refusal. */
function echoesOf(refusal: DeclaredRefusal): readonly ((clean: SeenRequest) => Disturbance | undefined)[] {
  return leavesOf(refusal.json).flatMap((leaf, nth) => {
    const altered = (how: string, change: (values: readonly string[]) => unknown): Disturbance => ({
      name: `${nameOf(refusal)}, part ${nth + 1} ${how}`,
      play: ({ values }) => replying({ ...refusal, json: withLeaf(refusal.json, nth, () => change(values)) }),
    });
    // A small number counts something.
    if (typeof leaf === "number" && leaf < 100) return [];
    const words = (): Disturbance =>
      altered("with words behind it", (values) => [String(leaf), marker, ...values].join(" "));
    const places = [0, 1, 2, 3, 4, 5].map((place) => ({ values }: SeenRequest) => {
      if (values.length <= place) return undefined;
      return altered(`as its value ${place + 1}`, (sent) => asLike(leaf, sent[place] ?? ""));
    });
    return [words, ...places];
  });
}

function asLike(leaf: unknown, text: string): unknown {
  return typeof leaf === "number" && /^\d{1,15}$/.test(text) ? Number(text) : text;
}

// Not a mark such as "error", which is a word of anybody's.
function isWording(leaf: unknown): leaf is string {
  return typeof leaf === "string" && leaf.length > 3 && /[\s\d]/.test(leaf) && /[a-z]/i.test(leaf);
}

function replying({ status, headers, json }: DeclaredReply): Response {
  const type = json === undefined ? {} : { "content-type": "application/json" };
  return new Response(json === undefined ? null : JSON.stringify(json), { status, headers: { ...type, ...headers } });
}

function parsed(text = ""): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function callOf(line: string): string {
  return line.replace(/^.* > /, "");
}

function nameOf({ status, json }: DeclaredReply): string {
  return `${status} ${json === undefined ? "without JSON" : JSON.stringify(json)}`;
}
