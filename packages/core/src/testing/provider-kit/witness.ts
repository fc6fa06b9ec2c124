import type { Attempt } from "../../contract/provider-context.ts";
import type { TestContext, TestContextOptions } from "../test-context.ts";
import type { ProviderTestEnvironment } from "./test-environment.ts";

/** A request that an adapter made through the fetch that it was lent. */
export interface SeenRequest {
  /** Such as `mpin > POST /verifypin`: what was spent since the request before, the method and the path. */
  readonly line: string;
  readonly url: URL;
  /** All that it carries: its headers and its body. */
  readonly content: string;
  /** Every value in its headers and its body that could be a secret. */
  readonly values: readonly string[];
  /** What the platform's fetch would do with a redirect. */
  readonly redirect: Request["redirect"];
  readonly signal: AbortSignal;
  /** Whether a factor or an SMS was spent for it. */
  readonly spends: boolean;
  /** How many were spent up to it, those for it included. */
  readonly attempts: number;
  /** Body of the broker's own answer; undefined while there is none. */
  answer?: string;
}

/** Answers in place of the broker, or lets it answer. */
export type Play = (request: SeenRequest, pass: () => Promise<Response>) => Response | Promise<Response>;

export interface WitnessOptions extends Omit<TestContextOptions, "fetch"> {
  /** @param nth how many requests came before this one */
  readonly play?: (nth: number) => Play | undefined;
}

/** An ProviderContext that remembers what happened through it. */
export interface Witness {
  readonly context: TestContext;
  readonly requests: readonly SeenRequest[];
  /** The lines of all requests since the last call; what was spent for none comes last. */
  readonly heard: () => string[];
}

export function watch(test: ProviderTestEnvironment, options: WitnessOptions = {}): Witness {
  const { play, recordAttempt, ...others } = options;
  const { fetch: reach } = test.context();
  const requests: SeenRequest[] = [];
  let spent: string[] = [];
  let attempts = 0;
  let told = 0;

  const fetch: typeof globalThis.fetch = async (input, init) => {
    const request = new Request(input, init);
    const url = new URL(request.url);
    const body = await request.clone().text();
    const factors = spent;
    spent = [];
    const seen: SeenRequest = {
      line: `${factors.length === 0 ? "" : `${factors.join(" ")} > `}${request.method} ${url.pathname}`,
      url,
      content: `${JSON.stringify([...request.headers])} ${body}`,
      values: valuesOf([...request.headers], body),
      redirect: request.redirect,
      signal: request.signal,
      spends: factors.length > 0,
      attempts,
    };
    const nth = requests.push(seen) - 1;
    const pass = async (): Promise<Response> => {
      // The signal once more: a Request that is collected while its body is read takes its own along.
      const answer = await reach(request, init?.signal ? { signal: init.signal } : {});
      seen.answer = await answer.clone().text();
      return answer;
    };
    return (play?.(nth) ?? (async () => pass()))(seen, pass);
  };
  const context = test.context({
    ...others,
    fetch,
    async recordAttempt(attempt: Attempt) {
      await recordAttempt?.(attempt);
      spent.push(attempt.factor);
      attempts += 1;
    },
  });
  return {
    context,
    requests,
    heard() {
      const lines = requests.slice(told).map(({ line }) => line);
      told = requests.length;
      return spent.length === 0 ? lines : [...lines, `${spent.join(" ")} >`];
    },
  };
}

/** The values in headers and body that could be secrets: words such as `Bearer`, and what any request has, are none. */
export function valuesOf(headers: readonly (readonly [string, string])[], body = ""): readonly string[] {
  const own = headers.filter(([name]) => !/^(accept|content|user-agent)/i.test(name));
  const values = [...own.flatMap(([, value]) => value.split(/[\s:]+/)), ...valuesIn(body)];
  return [...new Set(values)].filter((value) => value.length >= (/\d/.test(value) ? 4 : 16));
}

function valuesIn(body: string): readonly string[] {
  const leaves = (part: unknown): string[] =>
    typeof part === "object" && part !== null ? Object.values(part).flatMap(leaves) : [String(part)];
  try {
    return leaves(JSON.parse(body));
  } catch {
    return [...new URLSearchParams(body).values()];
  }
}
