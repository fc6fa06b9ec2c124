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
  /** The account whose session it carried; undefined for a step of a login. */
  readonly account?: string;
  /** What the adapter read from the answer about the session; undefined for a step of a login, which has none yet. */
  readonly verdict?: Verdict["kind"];
  /** Why it was refused, where that was not about the session. */
  readonly code?: string;
}

/** Looks over an engine's shoulder: at its fetch, and at its adapters' verdicts. */
export interface RequestWatch {
  readonly fetch: typeof fetch;
  over<Provider extends BrokerAuthProvider>(provider: Provider): Provider;
}

// An answer is judged as soon as its headers are there, and after its body where the verdict is in the body.
const unjudgedLimit = 200;

/**
 * Tells of every request twice: when it was answered, and again, with the same number, when its answer was judged. The engine itself has no log;
 * this is how a program makes one from outside, with what may be shown and nothing else.
 */
export function watchRequests(now: () => number, tell: (request: WatchedRequest) => void): RequestWatch {
  let last = 0;
  let unjudged: WatchedRequest[] = [];
  const settle = (request: WatchedRequest): void => {
    unjudged = [...unjudged, request].slice(-unjudgedLimit);
    tell(request);
  };
  return {
    async fetch(input, init) {
      const url = new URL(input instanceof Request ? input.url : input);
      const method = (init?.method ?? (input instanceof Request ? input.method : "GET")).toUpperCase();
      const at = now();
      const startedAt = performance.now();
      last += 1;
      const facts = { number: last, at, method, path: url.pathname, host: url.host };
      const took = (): number => Math.round(performance.now() - startedAt);
      try {
        const response = await globalThis.fetch(input, init);
        settle({ ...facts, tookMs: took(), status: response.status });
        return response;
      } catch (error) {
        settle({ ...facts, tookMs: took() });
        throw error;
      }
    },
    over(provider) {
      return {
        ...provider,
        classify(answer, session, at) {
          const verdict = provider.classify(answer, session, at);
          // Requests that look the same were answered the same: which of them this is makes no difference.
          const found = unjudged.find(
            ({ method, path, status }) => method === answer.method && path === answer.path && status === answer.status,
          );
          if (found !== undefined) {
            unjudged = unjudged.filter((request) => request !== found);
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
