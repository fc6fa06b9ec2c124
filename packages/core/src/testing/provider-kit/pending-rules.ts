import type { Json } from "../../contract/json.ts";
import type { PendingLogin } from "../../contract/pending-login.ts";
import type { ProviderTestEnvironment } from "./test-environment.ts";
import { check, refusalOf, same } from "./expectation.ts";
import { login, partsOf, savingFields, type Stage, waysOf } from "./login.ts";
import { misshapen, shapeOf } from "./misshapen.ts";
import { holds } from "./printed.ts";
import type { ProviderRule } from "./rule.ts";
import { watch, type Witness } from "./witness.ts";

type Question = Extract<Stage, { answer: object }>;

/** How strict an adapter is about the state between two steps: it comes back from outside. */
export const pendingRules: readonly ProviderRule[] = [
  {
    title: "refuses a pending login of another broker, environment, version or account, and sends nothing",
    advice: "compare all four with the credentials: `challenge_expired` or `configuration`",
    async check(test, open) {
      await atEachQuestion(test, open, async (fresh, witness, question) => {
        const { pending } = question.step;
        const foreign: readonly [string, PendingLogin][] = [
          ["another broker's", { ...pending, broker: "another" }],
          ["of another environment", { ...pending, environment: "another" }],
          ["of a newer version", { ...pending, version: pending.version + 1 }],
          ["of no version", { ...pending, version: 0 }],
        ];
        for (const [what, altered] of foreign) await refuses(fresh, witness, question, altered, `one that is ${what}`);
        const credentials = fresh.provider.parseCredentials(fresh.otherAccount);
        await refuses(fresh, witness, { ...question, credentials }, pending, "one for the other account");
      });
    },
  },
  {
    title: "refuses a pending login that is over by the clock that it was lent",
    advice: "`createdAt` and `expiresAt` from `context.now()`, and compared with it when it comes back",
    async check(test, open) {
      await atEachQuestion(test, open, async (fresh, witness, question) => {
        const { createdAt, expiresAt } = question.step.pending;
        const now = witness.context.now();
        check(
          createdAt <= now && createdAt > now - 60_000,
          `createdAt: found ${createdAt}, expected about ${now}, as context.now() says`,
        );
        check(
          expiresAt > now && expiresAt <= now + 86_400_000,
          `expiresAt: found ${expiresAt}, expected within a day from ${now}`,
        );
        for (const at of [expiresAt, expiresAt + 3_600_000]) {
          witness.context.clock.set(at);
          await refuses(fresh, witness, question, question.step.pending, `one at ${at} that ends at ${expiresAt}`);
        }
        // Back again, so that the login can go on.
        witness.context.clock.set(now);
      });
    },
  },
  {
    title: "refuses a state that is not of the kind it made, and sends nothing",
    advice: "every part of `state` parsed, and `awaits` with it; surprises are `configuration`, not a TypeError",
    async check(test, open) {
      await atEachQuestion(test, open, async (fresh, witness, question) => {
        const { pending } = question.step;
        const states: readonly Json[] = [null, "text", 5, [], {}, { altered: true }, ...misshapen(pending.state)];
        for (const state of states)
          await refuses(fresh, witness, question, { ...pending, state }, `the state ${shapeOf(state)}`);
        for (const awaits of ["otp", "totp", "mpin", "redirect"] as const) {
          if (awaits === pending.awaits) continue;
          await refuses(fresh, witness, question, { ...pending, awaits }, `awaits ${awaits} for ${pending.awaits}`);
        }
      });
    },
  },
  {
    title: "keeps a pending login good through JSON, and without any factor in it",
    advice: "plain data; factors come from the credentials or the answer, each time",
    async check(test, open) {
      const saving = savingFields(test);
      for (const fields of [saving, ...saving.map((field) => [field])]) {
        const fresh = await open();
        const secrets = saving.map((field) => String(fresh.account[field]));
        for await (const { step, answer } of login(fresh, watch(fresh).context, { without: fields, prepare: stored })) {
          if (answer === undefined) continue;
          const leaves = leavesOf(JSON.parse(JSON.stringify(step.pending.state)) as Json);
          for (const secret of secrets) {
            const found = leaves.some((leaf) => holds(leaf, secret));
            check(
              !found,
              `the state of a login that waits for the ${answer.kind}: found a factor in it, expected none`,
            );
          }
          // What goes through the browser and comes back, such as a redirect's state, is no factor.
          secrets.push(...partsOf(answer.value).filter((part) => !leaves.includes(part)));
        }
      }
    },
  },
];

/** Tries something at every question of a login by hand, and then lets the login go on: it has to come to its end all the same. */
async function atEachQuestion(
  test: ProviderTestEnvironment,
  open: () => Promise<ProviderTestEnvironment>,
  tryOut: (fresh: ProviderTestEnvironment, witness: Witness, question: Question) => Promise<void>,
): Promise<void> {
  for (const way of waysOf(test)) {
    const fresh = await open();
    const witness = watch(fresh);
    for await (const stage of login(fresh, witness.context, { way }))
      if (stage.answer !== undefined) await tryOut(fresh, witness, stage);
  }
}

async function refuses(
  { provider }: ProviderTestEnvironment,
  { context, requests }: Witness,
  { answer, credentials }: Question,
  pending: PendingLogin,
  what: string,
): Promise<void> {
  const before = `calls ${requests.length}, attempts ${context.spent.length}`;
  const whole = `a pending login, ${what}`;
  await refusalOf(
    () => provider.answer(pending, answer, credentials, context),
    whole,
    "challenge_expired",
    "configuration",
  );
  same(`calls ${requests.length}, attempts ${context.spent.length}`, before, `what ${whole} cost so far`);
}

// What the engine's store does to it.
function stored<Value>(value: Value): Value {
  const isPending = typeof value === "object" && value !== null && "awaits" in value && "state" in value;
  return isPending ? (JSON.parse(JSON.stringify(value)) as Value) : value;
}

function leavesOf(state: Json): string[] {
  return typeof state === "object" && state !== null ? Object.values(state).flatMap(leavesOf) : [String(state)];
}
