import type { AccountSession } from "@x/core";
import type { BrokerAuthProvider, Verdict } from "@x/core/adapter";

/** A request that left, and what came of it. Holds no header, no body and no query. */
export interface WatchedRequest {
  /** Rises with every request of this process. */
  readonly number: number;
  /** Epoch milliseconds. */
  readonly at: number;
  readonly method: string;
  readonly path: string;
  /** Where it went: host and port. */
  readonly host: string;
  readonly tookMs: number;
  /** HTTP status; undefined where no answer came. */
  readonly status?: number;
  /** The account whose session it carried; undefined for a step of a login, as the verdict is. */
  readonly account?: string;
  /** What the adapter read from the answer about the session. */
  readonly verdict?: Verdict["kind"];
  /** Why it was refused, where that was not about the session. */
  readonly code?: string;
}

/** Looks over an engine's shoulder: at its fetch, and at its adapters' verdicts. */
export interface RequestWatch {
  readonly fetch: typeof fetch;
  over<Provider extends BrokerAuthProvider>(provider: Provider): Provider;
}

// An answer is classified as soon as its headers are there, and after its body where the verdict is in the body.
const unclassifiedLimit = 200;

/**
 * Tells of every request twice: when it was answered, and again, with the same number, when its answer was classified. The engine itself has no
 * log; this is how a program makes one from outside, with what may be shown and nothing else.
 */
export function watchRequests(now: () => number, tell: (request: WatchedRequest) => void): RequestWatch {
  let last = 0;
  let unclassified: WatchedRequest[] = [];
  return {
    async fetch(input, init) {
      const { pathname, host } = new URL(input instanceof Request ? input.url : input);
      const method = (init?.method ?? (input instanceof Request ? input.method : "GET")).toUpperCase();
      const startedAt = performance.now();
      last += 1;
      const facts = { number: last, at: now(), method, path: pathname, host };
      const settle = (answer: { readonly status?: number }): void => {
        const request = { ...facts, tookMs: Math.round(performance.now() - startedAt), ...answer };
        unclassified = [...unclassified, request].slice(-unclassifiedLimit);
        tell(request);
      };
      try {
        const response = await globalThis.fetch(input, init);
        settle({ status: response.status });
        return response;
      } catch (error) {
        settle({});
        throw error;
      }
    },
    over(provider) {
      return {
        ...provider,
        classify(answer, session, at) {
          const verdict = provider.classify(answer, session, at);
          // Requests that look the same were answered the same: which of them this is makes no difference.
          const found = unclassified.find(
            ({ method, path, status }) => method === answer.method && path === answer.path && status === answer.status,
          );
          if (found !== undefined) {
            unclassified = unclassified.filter((request) => request !== found);
            const { account } = session as AccountSession;
            const code = verdict.kind === "refused" ? { code: verdict.refusal.code } : {};
            tell({ ...found, account, verdict: verdict.kind, ...code });
          }
          return verdict;
        },
      };
    },
  };
}
