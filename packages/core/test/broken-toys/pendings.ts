import { BrokerAuthError, isBrokerAuthError } from "../../src/errors/broker-auth-error.ts";
import type { Json } from "../../src/contract/json.ts";
import type { FullToy } from "../full-toy.ts";
import type { ToyCredentials } from "../toy-adapter.ts";
import { type BrokenToy, resuming, stepping } from "./broken-toy.ts";

type State = Readonly<Record<string, Json>>;

// What a module remembers is there for all of its instances.
const module = { ticket: "" };

/** Adapters that are careless about what lies between two steps. */
export const brokenPendings: readonly BrokenToy[] = [
  {
    what: "writes a malformed answer down",
    spoil: (toy) => ({
      async answer(pending, answer, account, context) {
        if (answer.kind === "otp" && !/^\d{6}$/.test(answer.value))
          await context.recordAttempt({ factor: "otp", step: "otp" });
        return toy.answer(pending, answer, account, context);
      },
    }),
    fails: ["takes a malformed answer"],
  },
  {
    what: "dies of a malformed answer",
    spoil: (toy) => ({
      async answer(pending, answer, account, context) {
        if (answer.kind !== "resend" && !/^\d+$/.test(answer.value)) throw new TypeError("not a number");
        return toy.answer(pending, answer, account, context);
      },
    }),
    fails: ["takes a malformed answer"],
  },
  {
    what: "repeats a malformed answer",
    spoil: (toy) => ({
      async answer(pending, answer, account, context) {
        try {
          return await toy.answer(pending, answer, account, context);
        } catch (error) {
          if (!isBrokerAuthError(error) || error.code !== "configuration" || answer.kind === "resend") throw error;
          throw new BrokerAuthError(error.code, `${error.message}, not ${answer.value}`, { field: error.field });
        }
      },
    }),
    fails: ["takes a malformed answer"],
  },
  {
    what: "remembers a login in its instance",
    spoil: (toy) => remembering(toy, { ticket: "" }),
    fails: ["keeps nothing between two calls"],
  },
  {
    what: "remembers a login in its module",
    spoil: (toy) => remembering(toy, module),
    fails: ["keeps nothing between two calls"],
  },
  {
    what: "writes into the pending login that it is given",
    spoil: (toy) =>
      resuming(toy, (pending) => {
        (pending as { createdAt: number }).createdAt = 0;
        return pending;
      }),
    fails: ["leaves what it was given"],
  },
  {
    what: "writes into the credentials",
    spoil: (toy) => ({
      async begin(account, context) {
        (account as { deviceId: unknown }).deviceId = "device-0001";
        return toy.begin(account, context);
      },
    }),
    fails: ["leaves what it was given"],
  },
  {
    what: "goes on with a pending login of another broker",
    spoil: (toy) => resuming(toy, (pending) => ({ ...pending, broker: "toy" })),
    fails: ["refuses a pending login of another"],
  },
  {
    what: "goes on with a pending login of another version",
    spoil: (toy) => resuming(toy, (pending) => ({ ...pending, version: 1 })),
    fails: ["refuses a pending login of another"],
  },
  {
    what: "goes on with a pending login of another account",
    spoil: (toy) =>
      resuming(toy, (pending, account) => {
        const state = stateOf(pending.state);
        if (typeof state?.["user"] !== "string") return pending;
        return { ...pending, state: { ...state, user: account.user.reveal() } };
      }),
    fails: ["refuses a pending login of another"],
  },
  {
    what: "calls the broker before it looks whose pending login it is",
    spoil: (toy) => ({
      async answer(pending, answer, account, context) {
        if (pending.broker !== "toy") await toy.serverTime!(account, context);
        return toy.answer(pending, answer, account, context);
      },
    }),
    fails: ["refuses a pending login of another"],
  },
  {
    what: "goes on with a pending login that is over",
    spoil: (toy) => resuming(toy, (pending) => ({ ...pending, expiresAt: Number.POSITIVE_INFINITY })),
    fails: ["refuses a pending login that is over"],
  },
  {
    what: "looks at the host's clock for the end of a pending login",
    spoil: (toy) =>
      resuming(toy, (pending) => ({ ...pending, expiresAt: pending.expiresAt > Date.now() ? Number.MAX_VALUE : 0 })),
    fails: ["refuses a pending login that is over"],
  },
  {
    what: "gives a pending login no end",
    spoil: (toy) =>
      stepping(toy, (step) =>
        step.kind === "session" ? step : { ...step, pending: { ...step.pending, expiresAt: Number.MAX_SAFE_INTEGER } },
      ),
    fails: ["refuses a pending login that is over"],
  },
  {
    what: "takes a state that is none for an empty one",
    spoil: (toy) =>
      resuming(toy, (pending, account) =>
        stateOf(pending.state) === undefined ? { ...pending, state: { user: account.user.reveal() } } : pending,
      ),
    fails: ["refuses a state"],
  },
  {
    what: "dies of a state that is none",
    spoil: (toy) =>
      resuming(toy, (pending) => {
        void (pending.state as { readonly user: string }).user.length;
        return pending;
      }),
    fails: ["refuses a state"],
  },
  {
    what: "keeps the configured MPIN in a pending login",
    spoil: (toy) => keeping(toy, ({ pin }) => (pin === undefined ? {} : { pin: pin.reveal() })),
    fails: ["keeps a pending login good"],
  },
  {
    what: "keeps a typed code in a pending login",
    spoil: (toy) => keeping(toy, (_account, typed) => (typed === undefined ? {} : { otp: typed })),
    fails: ["refuses a state", "keeps a pending login good"],
  },
  {
    what: "keeps a state that JSON does not bring back",
    spoil(toy) {
      const stepped = stepping(toy, (step) => {
        if (step.kind === "session") return step;
        const state = new Map(Object.entries(stateOf(step.pending.state) ?? {})) as unknown as Json;
        return { ...step, pending: { ...step.pending, state } };
      });
      const resumed = resuming({ ...toy, ...stepped }, (pending) =>
        pending.state instanceof Map ? { ...pending, state: Object.fromEntries(pending.state) as Json } : pending,
      );
      return { ...stepped, ...resumed };
    },
    fails: ["keeps a pending login good"],
  },
];

/** Keeps the ticket of a login here, and gives a word for it away. */
function remembering(toy: FullToy, memory: { ticket: string }): Partial<FullToy> {
  const stepped = stepping(toy, (step) => {
    const state = step.kind === "session" ? undefined : stateOf(step.pending.state);
    if (step.kind === "session" || typeof state?.["ticket"] !== "string") return step;
    memory.ticket = state["ticket"];
    return { ...step, pending: { ...step.pending, state: { ...state, ticket: "kept" } } };
  });
  const resumed = resuming({ ...toy, ...stepped }, (pending) => {
    const state = stateOf(pending.state);
    return state?.["ticket"] === "kept" ? { ...pending, state: { ...state, ticket: memory.ticket } } : pending;
  });
  return { ...stepped, ...resumed };
}

/** Adds something to the state. */
function keeping(toy: FullToy, add: (account: ToyCredentials, typed: string | undefined) => State): Partial<FullToy> {
  return stepping(toy, (step, account, typed) => {
    if (step.kind === "session") return step;
    const state = { ...stateOf(step.pending.state), ...add(account, typed) };
    return { ...step, pending: { ...step.pending, state } };
  });
}

function stateOf(state: Json): State | undefined {
  return typeof state === "object" && state !== null && !Array.isArray(state) ? (state as State) : undefined;
}
