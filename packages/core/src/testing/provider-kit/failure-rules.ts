import { altering, answering, breaking, type Disturbance, disturbLogins, errorOf } from "./disturbance.ts";
import { check, outcomeOf, same } from "./expectation.ts";
import { logIn } from "./login.ts";
import { enrolmentOf, operationsOf } from "./operation.ts";
import { hides, secretsIn } from "./printed.ts";
import type { ProviderRule } from "./rule.ts";
import { type Play, type SeenRequest, watch } from "./witness.ts";

/** What an adapter makes of calls that go wrong. */
export const failureRules: readonly ProviderRule[] = [
  {
    title: "tells failures of the network apart by whether something left, and never by the library's own error",
    advice:
      "`callBroker` with `carriesFactor`: `broker_unavailable` before it left, `outcome_unknown` after a factor did",
    async check(test, open) {
      const breaks = (["ECONNREFUSED", "ECONNRESET"] as const).map((code) => () => ({
        name: code,
        play: breaking(code),
      }));
      await disturbLogins(test, open, breaks, (trial) => {
        const { name, route, clean, witness, nth } = trial;
        const error = errorOf(trial);
        const isCut = name.endsWith("ECONNRESET");
        const expected = isCut && clean.spends ? "outcome_unknown" : "broker_unavailable";
        // Without a factor, the token of a renewal may be used up all the same: its author knows.
        const isEither = isCut && route === "renew" && error.code === "outcome_unknown";
        if (!isEither) same(error.code, expected, `the code of ${name}`);
        const { content = "", url } = witness.requests[nth] ?? {};
        hides(error, [content, url?.href ?? "", ...trial.test.markers], `the error for ${name}`);
      });
    },
  },
  {
    title: "sends a factor once, whatever the answer",
    advice:
      "no second try and no other spelling: one request, and its answer decides; after a 5xx it is `outcome_unknown`",
    async check(test, open) {
      const page = "<html><body>Bad Gateway</body></html>";
      const plays: readonly [string, Play][] = [
        ...[400, 401, 403, 409, 429, 500].map((status): [string, Play] => [String(status), answering(status)]),
        ["503 and a page", answering(503, page)],
        ["ECONNRESET", breaking("ECONNRESET")],
      ];
      const refusals = plays.map(([name, play]) => ({ spends }: SeenRequest) => {
        return spends ? { name, play } : undefined;
      });
      await disturbLogins(test, open, refusals, (trial) => {
        const { code } = errorOf(trial);
        if (trial.name.includes(" with 50")) same(code, "outcome_unknown", `the code of ${trial.name}`);
      });
    },
  },
  {
    title: "blames no factor for a call that was turned away",
    advice:
      "`meaningBeforeStatus`, with the texts that name a factor in `known`, and before anything that a status may mean",
    async check(test, open) {
      const wait = { "retry-after": "120" };
      const page = "<html><body>Request blocked</body></html>";
      const plays: readonly [string, Play][] = [
        ...[408, 421, 425, 499].map((status): [string, Play] => [String(status), answering(status)]),
        ["429 and a wait", answering(429, {}, wait)],
        ["503 and a wait", answering(503, page, wait)],
        ["403 and a page", answering(403, page)],
      ];
      const away = plays.map(
        ([name, play]) =>
          ({ spends }: SeenRequest) =>
            spends ? { name, play } : undefined,
      );
      await disturbLogins(test, open, away, (trial) => {
        const { code, retryAfterMs } = errorOf(trial);
        same(
          code,
          trial.name.includes(" with 429") ? "rate_limited" : "broker_unavailable",
          `the code of ${trial.name}`,
        );
        if (trial.name.endsWith("and a wait")) same(retryAfterMs, 120_000, `retryAfterMs of ${trial.name}`);
      });
    },
  },
  {
    title: "takes no answer that it does not know for a success",
    advice: "every field that the next step or the session depends on is parsed; without one it is `protocol_error`",
    async check(test, open) {
      const bodies: readonly unknown[] = [
        {},
        [],
        { data: null },
        { data: {} },
        "",
        "<html>Log in to this network</html>",
      ];
      const plays: readonly [string, Play][] = [
        ...bodies.map((body): [string, Play] => [`200 and ${JSON.stringify(body)}`, answering(200, body)]),
        ["the last byte of its own answer cut off", altering({ text: (text) => text.slice(0, -1) })],
      ];
      // Where the broker itself says nothing, nothing is what the adapter knows.
      const unknown = plays.map(([name, play]) => ({ answer = "" }: SeenRequest) => {
        return answer.length > "{}".length ? { name, play } : undefined;
      });
      await disturbLogins(test, open, unknown, (trial) => {
        const { code } = errorOf(trial);
        const isKnown = code === "protocol_error" || code === "outcome_unknown";
        check(isKnown, `the code of ${trial.name}: found ${code}, expected protocol_error`);
      });
    },
  },
  {
    title: "keeps secrets out of its errors, even when the broker repeats what was sent",
    advice: "none of the broker's words in a message; a `brokerCode` only from a list of known ones",
    async check(test, open) {
      await disturbLogins(test, open, echoes, ({ name, test: { markers }, witness, nth, outcome }) => {
        const sent = witness.requests[nth]?.values ?? [];
        hides("error" in outcome ? outcome.error : undefined, [...markers, ...sent], `the error for ${name}`);
      });
      const { context } = watch(test);
      const done = await logIn(test, context);
      const secrets = [...test.markers, ...done.typed, ...secretsIn(done.session), ...secretsIn(done.renewal)];
      for (const { name, run } of [...operationsOf(test, done), ...enrolmentOf(test, done)]) {
        for (const make of echoes) {
          const { play, name: how } = make();
          const witness = watch(test, { play: () => play, lastTotpStep: context.lastTotpStep });
          const what = `${name} with ${how}`;
          const outcome = await outcomeOf(() => run(witness.context), what);
          const sent = witness.requests.flatMap(({ values }) => values);
          hides("error" in outcome ? outcome.error : outcome.value, [...secrets, ...sent], what);
        }
      }
    },
  },
];

// All that was sent in the words of the refusal, and each part of it as the broker's code.
const echoes: readonly (() => Disturbance)[] = [
  ...[401, 403, 500].map((status) => () => echo(`${status} and its own words`, status, (values) => values.join(" "))),
  ...[0, 1, 2, 3, 4, 5].map((nth) => () => echo(`400 and its value ${nth + 1}`, 400, (values) => values[nth] ?? "")),
];

function echo(name: string, status: number, choose: (values: readonly string[]) => string): Disturbance {
  return {
    name,
    play({ values }) {
      const words = choose(values);
      const number = /^\d{1,15}$/.test(words) ? Number(words) : words;
      const texts = { message: words, emsg: words, errMsg: words, error: words, description: words, detail: words };
      const codes = { code: words, error_type: words, errorCode: number, stCode: number, stat: "Not_Ok" };
      const body = { status: "error", ...texts, ...codes };
      return answering(status, { ...body, data: body, fault: body })();
    },
  };
}
