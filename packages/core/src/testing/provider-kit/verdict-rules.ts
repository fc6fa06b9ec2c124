import { errorCodes } from "../../errors/error-codes.ts";
import type { BrokerAuthProvider } from "../../contract/provider.ts";
import type { Session } from "../../contract/session.ts";
import type { ResponseView, Verdict } from "../../contract/verdict.ts";
import type { DeclaredAnswer, ProviderTestEnvironment } from "./test-environment.ts";
import { check, same } from "./expectation.ts";
import { logIn } from "./login.ts";
import type { ProviderRule } from "./rule.ts";
import { watch } from "./witness.ts";

/** What an adapter takes an answer and a request for. */
export const verdictRules: readonly ProviderRule[] = [
  {
    title: "judges any answer without failing, and twice the same",
    advice:
      "a total, pure `classify`: whatever JSON comes, there is a verdict, and a refusal has one of the known codes",
    async check(test) {
      const classify = await classifierOf(test);
      const statuses = [200, 204, 304, 400, 401, 403, 404, 409, 418, 422, 424, 429, 440, 451, 500, 502, 503, 504, 599];
      for (const status of statuses) {
        for (const json of [...unknownBodies, JSON.parse('{"__proto__":{"x":1},"constructor":1}')]) {
          const answer = { method: "POST", path: "/anything", status, json };
          const verdict = classify(answer);
          const what = nameOf(answer);
          check(
            ["alive", "dead", "suspect", "refused"].includes(verdict.kind),
            `${what}: found no verdict ${verdict.kind}`,
          );
          const code = codeOf(verdict);
          check(
            code === undefined || Object.hasOwn(errorCodes, code),
            `${what}: found ${code}, which is no error code`,
          );
          same(JSON.stringify(classify(answer)), JSON.stringify(verdict), `${what}, judged again`);
        }
      }
    },
  },
  {
    title: "takes no throttling, no failure and no refusal that it does not know for a dead session",
    advice: "`dead` needs proof; what may come from a proxy is `suspect`",
    async check(test) {
      const classify = await classifierOf(test);
      for (const status of [400, 403, 404, 405, 409, 418, 422, 424, 429, 451, 500, 502, 503, 504, 599]) {
        for (const json of unknownBodies) {
          const answer = { method: "GET", path: "/a/path/that/nobody/knows", status, json };
          check(classify(answer).kind !== "dead", `${nameOf(answer)}: found dead, expected suspect, refused or alive`);
        }
      }
    },
  },
  {
    title: "knows the declared ends of a session, and takes no declared refusal for one",
    advice: "by status, path and body code together; `verdictIn` says whether bodies of a 2xx are looked at",
    async check(test) {
      const { verdicts, provider } = test;
      const classify = await classifierOf(test);
      check(
        verdicts.dead.length > 0,
        "verdicts.dead: found none in the test environment, expected each form of a session's end",
      );
      check(
        verdicts.living.length > 0,
        "verdicts.living: found none in the test environment, expected what looks like an end",
      );
      for (const answer of verdicts.dead) {
        const { kind } = classify(answer);
        check(kind === "dead" || kind === "suspect", `${nameOf(answer)}: found ${kind}, expected dead or suspect`);
      }
      for (const answer of verdicts.living) {
        const verdict = classify(answer);
        // Without a probe a suspicion ends the session.
        const kinds = ["alive", "refused", ...(provider.probe === undefined ? [] : ["suspect"])];
        check(kinds.includes(verdict.kind), `${nameOf(answer)}: found ${verdict.kind}, expected ${kinds.join(" or ")}`);
        if (answer.code !== undefined) same(codeOf(verdict), answer.code, `the code for ${nameOf(answer)}`);
      }
    },
  },
  {
    title: "takes no order for a read",
    advice:
      "a closed list of paths in `isRead`, compared by `listed`: what is not known to read is an order, GET or not",
    async check({ provider }) {
      for (const method of ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "post"]) {
        // Some brokers list orders where others would place them.
        const orders = method === "GET" || method === "HEAD" ? [] : ["/orders"];
        for (const path of ["/", ...orders, "/a/path/that/nobody/knows"])
          same(provider.isRead({ method, path }), false, `isRead of ${method} ${path}`);
      }
    },
  },
];

const unknownBodies: readonly unknown[] = [undefined, null, [], {}, { error: {} }, { data: null }, { stCode: [] }];

/** The classify with the view that the engine gives it: a body of a 2xx only where the provider's verdicts are in bodies. */
async function classifierOf(test: ProviderTestEnvironment): Promise<(answer: DeclaredAnswer) => Verdict> {
  const { context } = watch(test);
  const { session } = await logIn(test, context);
  return (answer) => judged(test.provider, answer, session, context.now());
}

function judged(
  provider: BrokerAuthProvider,
  { method = "GET", path, status, headers = {}, json }: DeclaredAnswer,
  session: Session<unknown>,
  now: number,
): Verdict {
  const given = new Headers(headers);
  const isSeen = provider.traits.verdictIn === "body" || status >= 400;
  const view: ResponseView = {
    method,
    path,
    status,
    header: (name) => given.get(name) ?? undefined,
    ...(isSeen && json !== undefined ? { json } : {}),
  };
  return provider.classify(view, session, now);
}

function codeOf(verdict: Verdict): string | undefined {
  if (verdict.kind === "refused") return verdict.refusal.code;
  return verdict.kind === "suspect" ? verdict.otherwise?.code : undefined;
}

function nameOf({ method = "GET", path, status, json }: DeclaredAnswer): string {
  return `the verdict on ${method} ${path}, ${status} ${json === undefined ? "without JSON" : JSON.stringify(json)}`;
}
