import { BrokerAuthError } from "../../src/errors/broker-auth-error.ts";
import type { Attempt } from "../../src/contract/provider-context.ts";
import { Secret } from "../../src/contract/secret.ts";
import { addressOf, type BrokenToy, lending, minting, type ToyStep } from "./broken-toy.ts";

const hourMs = 3_600_000;

/** Adapters that log in badly. */
export const brokenLogins: readonly BrokenToy[] = [
  {
    what: "dates its sessions by the host's clock",
    spoil: (toy) => minting(toy, (session) => ({ ...session, issuedAt: Date.now() })),
    fails: ["logs in", "ends a session exactly", "renews a session"],
  },
  {
    what: "makes up a device id",
    spoil: (toy) => minting(toy, (session) => ({ ...session, deviceId: new Secret("device-0815") })),
    fails: ["logs in"],
  },
  {
    what: "forgets when a session ends",
    spoil: (toy) => minting(toy, (session) => ({ ...session, expiresAt: Number.POSITIVE_INFINITY })),
    fails: ["ends a session exactly", "renews a session"],
  },
  {
    what: "does not know when a session ends that a person logged in to",
    spoil: (toy) => ({
      async answer(...given) {
        const step = await toy.answer(...given);
        if (step.kind === "challenge") return step;
        return { ...step, session: { ...step.session, expiresAt: Number.NaN } };
      },
    }),
    fails: ["ends a session exactly"],
  },
  {
    what: "has a margin of its own",
    spoil: (toy) => minting(toy, (session) => ({ ...session, expiresAt: session.expiresAt - 60_000 })),
    fails: ["ends a session exactly", "renews a session"],
  },
  {
    what: "reaches less far than its sessions live",
    spoil: () => ({ latestExpiry: (now) => now + hourMs }),
    fails: ["ends a session exactly"],
  },
  {
    what: "reckons its reach from the host's clock",
    spoil: () => ({ latestExpiry: () => Date.now() + 24 * 365 * 5 * hourMs + 7 * hourMs }),
    fails: ["ends a session exactly"],
  },
  {
    what: "names a daily cut-off, and its sessions last a span",
    spoil: ({ traits }) => ({ traits: { ...traits, dailyCutoff: true } }),
    fails: ["ends a session exactly"],
  },
  {
    what: "asks without having said so",
    spoil: (toy) => ({ identify: (credentials) => ({ ...toy.identify(credentials), asks: [] }) }),
    fails: ["asks a person"],
  },
  {
    what: "asks in another order than it said",
    spoil: (toy) => ({
      identify: (credentials) => ({ ...toy.identify(credentials), asks: toy.identify(credentials).asks.toReversed() }),
    }),
    fails: ["asks a person"],
  },
  {
    what: "sends the MPIN twice",
    spoil: (toy) =>
      lending(toy, (context) => ({
        async fetch(input, init) {
          const answer = await context.fetch(input, init);
          if (addressOf(input).endsWith("/pin")) await context.fetch(input, init);
          return answer;
        },
      })),
    fails: [
      "makes the declared calls in",
      "follows no redirect",
      "reads no answer without end",
      "tells failures of the network apart",
      "sends a factor once",
      "blames no factor",
      "takes no answer that it does not know",
      "knows the declared refusals",
      "takes no success that bears",
    ],
  },
  {
    what: "does not write its MPIN down",
    spoil: (toy) =>
      lending(toy, (context) => ({
        recordAttempt: async (spent) => (spent.factor === "mpin" ? undefined : context.recordAttempt(spent)),
      })),
    fails: ["makes the declared calls", "writes every factor down", "tells failures of the network apart"],
  },
  {
    what: "writes a factor down twice",
    spoil: (toy) =>
      lending(toy, (context) => ({
        async recordAttempt(spent) {
          await context.recordAttempt(spent);
          if (spent.factor === "mpin") await context.recordAttempt(spent);
        },
      })),
    fails: ["makes the declared calls"],
  },
  {
    what: "writes all its factors down before the first one leaves",
    spoil: (toy) =>
      lending(toy, (context) => ({
        async recordAttempt(spent) {
          if (spent.factor === "totp") await context.recordAttempt({ factor: "mpin", step: "pin" });
          if (spent.step !== "pin" || spent.answer !== undefined) await context.recordAttempt(spent);
        },
      })),
    fails: ["makes the declared calls in", "writes the factors of one request", "tells failures of the network apart"],
  },
  {
    what: "keeps a session for the next login",
    spoil(toy) {
      let kept: ToyStep | undefined;
      return {
        async begin(account, context) {
          if (kept !== undefined) return kept;
          const step = await toy.begin(account, context);
          if (step.kind === "session") kept = step;
          return step;
        },
      };
    },
    fails: ["makes the declared calls in"],
  },
  {
    what: "writes all of a login down under one step",
    spoil: (toy) => spending(toy, (spent) => ({ ...spent, step: "login" })),
    fails: ["writes the factors of one request"],
  },
  {
    what: "writes the two factors of one request down under two steps",
    spoil: ({ enrolment }) => ({
      enrolment: {
        ...enrolment!,
        enable(secret, session, account, context) {
          const recordAttempt = async (spent: Attempt): Promise<void> =>
            context.recordAttempt({ ...spent, step: spent.factor });
          return enrolment!.enable(
            secret,
            session,
            account,
            Object.create(context, { recordAttempt: { value: recordAttempt } }) as typeof context,
          );
        },
      },
    }),
    fails: ["writes the factors of one request"],
  },
  {
    what: "does not say what was typed",
    spoil: (toy) => spending(toy, (spent) => ({ ...spent, answer: undefined })),
    fails: ["says of a typed factor"],
  },
  {
    what: "says a typed MPIN in another form than a configured one",
    spoil: (toy) =>
      spending(toy, (spent) =>
        spent.factor === "mpin" && spent.answer !== undefined
          ? { ...spent, answer: new Secret(spent.answer.reveal().replace(/^.* /, "")) }
          : spent,
      ),
    fails: ["says of a typed factor"],
  },
  {
    what: "takes a configured MPIN for a typed one",
    spoil: (toy) => spending(toy, (spent) => ({ answer: new Secret("user-4711 1234"), ...spent })),
    fails: ["says of a typed factor"],
  },
  {
    what: "does not say of which time step a code is",
    spoil: (toy) => spending(toy, (spent) => ({ ...spent, totpStep: undefined })),
    fails: ["takes a TOTP time step once"],
  },
  {
    what: "takes the code of now, used or not",
    spoil: (toy) => lending(toy, () => ({ lastTotpStep: -1 })),
    fails: ["takes a TOTP time step once"],
  },
  {
    what: "does not wait until an attempt is written down",
    spoil: (toy) =>
      lending(toy, (context) => ({
        async recordAttempt(spent) {
          context.recordAttempt(spent).catch(() => undefined);
        },
      })),
    fails: ["writes every factor down"],
  },
  {
    what: "says in its own words that an attempt is not allowed",
    spoil: (toy) =>
      lending(toy, (context) => ({
        recordAttempt: async (spent) =>
          context.recordAttempt(spent).catch(() => {
            throw new BrokerAuthError("login_blocked", "this attempt is not allowed");
          }),
      })),
    fails: ["writes every factor down"],
  },
  {
    what: "turns TOTP off without writing the MPIN down",
    spoil: ({ enrolment }) => ({
      enrolment: {
        ...enrolment!,
        disable: (session, account, context) =>
          enrolment!.disable(
            session,
            account,
            Object.create(context, { recordAttempt: { value: async () => undefined } }) as typeof context,
          ),
      },
    }),
    fails: ["writes every factor down"],
  },
];

function spending(
  toy: Parameters<BrokenToy["spoil"]>[0],
  change: (spent: Attempt) => Attempt,
): ReturnType<BrokenToy["spoil"]> {
  return lending(toy, (context) => ({ recordAttempt: async (spent) => context.recordAttempt(change(spent)) }));
}
