import { BrokerAuthError, isBrokerAuthError } from "../../src/errors/broker-auth-error.ts";
import { Secret } from "../../src/contract/secret.ts";
import type { Verdict } from "../../src/contract/verdict.ts";
import { type BrokenToy, minting, stepping } from "./broken-toy.ts";

/** Adapters that do something wrong with a session, or know it badly. */
export const brokenSessions: readonly BrokenToy[] = [
  {
    what: "probes twice to be sure",
    spoil: (toy) => ({
      async probe(...given) {
        await toy.probe!(...given);
        return toy.probe!(...given);
      },
    }),
    fails: ["makes the declared calls of everything else"],
  },
  {
    what: "does not close its tokens",
    spoil: (toy) =>
      minting(toy, (session) => {
        const tokens = { ...session.tokens, header: { "x-token": session.tokens.token.reveal() } };
        return { ...session, tokens };
      }),
    fails: ["shows no secret of a session"],
  },
  {
    what: "shows whom it sent a code to",
    spoil: (toy) =>
      stepping(toy, (step, { user }) =>
        step.kind === "challenge" && step.challenge.kind === "otp"
          ? { ...step, challenge: { ...step.challenge, sentTo: user.reveal() } }
          : step,
      ),
    fails: ["shows no secret of a session"],
  },
  {
    what: "takes anything for stored tokens",
    spoil: ({ tokens }) => ({
      tokens: {
        ...tokens,
        decode: (json) => ({ token: new Secret(String((json as { token?: unknown } | null)?.token)) }),
      },
    }),
    fails: ["brings tokens back"],
  },
  {
    what: "stores its tokens closed, as nobody can open them",
    spoil: ({ tokens }) => ({ tokens: { ...tokens, encode: ({ token }) => ({ token: String(token) }) } }),
    fails: ["brings tokens back"],
  },
  {
    what: "gives headers away that can be changed",
    spoil: (toy) => ({
      authorize(...given) {
        const { origin, headers } = toy.authorize(...given);
        return { origin, headers: { ...headers } };
      },
    }),
    fails: ["authorises for one origin"],
  },
  {
    what: "authorises for whatever a path names",
    spoil: (toy) => ({
      authorize(session, account, request) {
        const { origin, headers } = toy.authorize(session, account, request);
        return { origin: new URL(request.path, origin).origin, headers };
      },
    }),
    fails: ["authorises for one origin"],
  },
  {
    what: "lets a token split its headers",
    spoil: (toy) => ({
      authorize(...given) {
        const { origin, headers } = toy.authorize(...given);
        return { origin, headers: Object.freeze({ ...headers, "x-more": "1\r\nx-else: 2" }) };
      },
    }),
    fails: ["authorises for one origin"],
  },
  {
    what: "does not believe that a session lives",
    spoil: (toy) => ({
      async probe(...given) {
        const state = await toy.probe!(...given);
        return state === "alive" ? "unknown" : state;
      },
    }),
    fails: ["keeps nothing between two calls", "finds a live session alive", "renews a session"],
  },
  {
    what: "takes silence for death",
    spoil: (toy) => ({ probe: async (...given) => toy.probe!(...given).catch(unlessAborted("dead" as const)) }),
    fails: ["learns nothing"],
  },
  {
    what: "takes the absence of a refusal for life",
    spoil: (toy) => ({
      async probe(...given) {
        const state = await toy.probe!(...given);
        return state === "unknown" ? "alive" : state;
      },
    }),
    fails: ["learns nothing"],
  },
  {
    what: "does not hand its renewal over",
    spoil: (toy) =>
      stepping(toy, (step) => (step.kind === "session" ? { kind: "session", session: step.session } : step)),
    fails: ["renews a session"],
  },
  {
    what: "hands the renewal over that it has just used up",
    spoil: (toy) => ({
      async renew(renewal, account, context) {
        const step = await toy.renew!(renewal, account, context);
        return step.kind === "session" ? { ...step, renewal } : step;
      },
    }),
    fails: ["renews a session"],
  },
  {
    what: "keeps the renewal to itself that came in place of the old one",
    spoil: (toy) => ({
      async renew(renewal, account, context) {
        const step = await toy.renew!(renewal, account, context);
        return step.kind === "session" ? { kind: "session", session: step.session } : step;
      },
    }),
    fails: ["renews a session"],
  },
  {
    what: "renews a session to the end that the old one had",
    spoil(toy) {
      let expiresAt: number | undefined;
      return minting(toy, (session) => ({ ...session, expiresAt: (expiresAt ??= session.expiresAt) }));
    },
    fails: ["renews a session"],
  },
  {
    what: "blames the MPIN when a renewal is over",
    spoil: (toy) => ({
      renew: async (...given) =>
        toy.renew!(...given).catch((error: unknown) => {
          const isOver = isBrokerAuthError(error) && error.code === "session_expired";
          throw isOver ? new BrokerAuthError("pin_rejected", error.message) : error;
        }),
    }),
    fails: ["knows the declared refusals", "renews a session"],
  },
  {
    what: "logs out on its own side alone",
    spoil: () => ({ revoke: async () => undefined }),
    fails: ["makes no call when", "makes the declared calls of everything else", "ends a session by revoke"],
  },
  {
    what: "takes any answer for a logout",
    spoil: (toy) => ({ revoke: async (...given) => toy.revoke!(...given).catch(unlessAborted(undefined)) }),
    fails: ["ends a session by revoke"],
  },
  {
    what: "cannot log out of a session that is over",
    spoil: (toy) => ({
      async revoke(session, account, context) {
        if ((await toy.probe!(session, account, context)) === "dead")
          throw new BrokerAuthError("session_expired", "it is over");
        await toy.revoke!(session, account, context);
      },
    }),
    fails: [
      "leaves what it was given",
      "sends through the fetch",
      "follows no redirect",
      "makes the declared calls of everything else",
      "ends a session by revoke",
    ],
  },
  {
    what: "tells the host's time for the broker's",
    spoil: (toy) => ({
      async serverTime(account, context) {
        await toy.serverTime!(account, context);
        return context.now();
      },
    }),
    fails: ["reads the broker's clock"],
  },
  {
    what: "takes any text for a date",
    spoil: (toy) => ({
      serverTime: async (account, context) => toy.serverTime!(account, context).catch(unlessAborted(0)),
    }),
    fails: ["reads the broker's clock"],
  },
  {
    what: "says who asks for the time",
    spoil: (toy) => ({
      serverTime: async (account, context) =>
        toy.serverTime!(
          account,
          Object.create(context, {
            fetch: {
              value: (input: string, init: RequestInit) =>
                context.fetch(input, { ...init, headers: { user: account.user.reveal() } }),
            },
          }) as typeof context,
        ),
    }),
    fails: ["reads the broker's clock"],
  },
  {
    what: "dies of a judgement without JSON",
    spoil: (toy) => ({
      classify(answer, ...given) {
        if (answer.status === 400 && (answer.json as { error: unknown }).error === "session") return { kind: "dead" };
        return toy.classify(answer, ...given);
      },
    }),
    fails: ["judges any answer", "takes no throttling"],
  },
  {
    what: "refuses with a code of its own",
    spoil: (toy) => ({
      classify: (answer, ...given) =>
        answer.status === 422
          ? ({ kind: "refused", refusal: { code: "unprocessable", message: "no" } } as unknown as Verdict)
          : toy.classify(answer, ...given),
    }),
    fails: ["judges any answer"],
  },
  {
    what: "judges otherwise the second time",
    spoil(toy) {
      const seen = new Set<number>();
      return {
        classify(answer, ...given) {
          if (answer.status !== 418 || seen.has(answer.status)) return toy.classify(answer, ...given);
          seen.add(answer.status);
          return { kind: "suspect" };
        },
      };
    },
    fails: ["judges any answer"],
  },
  {
    what: "takes a broker that fails for a dead session",
    spoil: (toy) => ({
      classify: (answer, ...given) => (answer.status >= 500 ? { kind: "dead" } : toy.classify(answer, ...given)),
    }),
    fails: ["takes no throttling"],
  },
  {
    what: "takes a missing permission for a dead session",
    spoil: (toy) => ({
      classify: (answer, ...given) => (answer.status === 403 ? { kind: "dead" } : toy.classify(answer, ...given)),
    }),
    fails: ["takes no throttling", "knows the declared ends"],
  },
  {
    what: "takes every 401 and 440 for a dead session",
    spoil: (toy) => ({
      classify: (answer, ...given) =>
        [401, 440].includes(answer.status) ? { kind: "dead" } : toy.classify(answer, ...given),
    }),
    fails: ["knows the declared ends"],
  },
  {
    what: "never learns that a session has ended",
    spoil: (toy) => ({
      classify(...given) {
        const verdict = toy.classify(...given);
        return verdict.kind === "dead" ? { kind: "alive" } : verdict;
      },
    }),
    fails: ["knows the declared ends"],
  },
  {
    what: "suspects sessions without a probe that could tell",
    spoil: () => ({ probe: undefined }) as never,
    fails: ["makes the declared calls of everything else", "knows the declared ends"],
  },
  {
    what: "takes an order for a read",
    spoil: () => ({ isRead: ({ path }) => !path.includes("/orders") }),
    fails: ["takes no order for a read"],
  },
  {
    what: "takes every GET for a read",
    spoil: () => ({ isRead: ({ method }) => method === "GET" }),
    fails: ["takes no order for a read"],
  },
  {
    what: "finds every session alive",
    spoil: (toy) => ({
      async probe(...given) {
        await toy.probe!(...given);
        return "alive";
      },
    }),
    fails: ["learns nothing", "ends a session by revoke", "finds an ended session dead"],
  },
];

/** In place of an error: this value. */
function unlessAborted<Value>(value: Value): (error: unknown) => Value {
  return (error) => {
    if (isBrokerAuthError(error) && error.code === "aborted") throw error;
    return value;
  };
}
