import type { ProviderTestEnvironment } from "./test-environment.ts";
import { check, outcomeOf, refusalOf, same, sameList } from "./expectation.ts";
import { login, logIn, type Stage, waysOf } from "./login.ts";
import { enrolmentOf, operationsOf } from "./operation.ts";
import { hides } from "./printed.ts";
import type { ProviderRule } from "./rule.ts";
import { watch, type Witness } from "./witness.ts";

/** How an adapter treats what it is lent and given. */
export const conductRules: readonly ProviderRule[] = [
  {
    title: "writes every factor down before it leaves: a refused attempt sends nothing",
    advice: "`await context.recordAttempt(...)` before the request, and its rejection passed on as it is",
    async check(test, open) {
      for (const way of waysOf(test)) {
        const whole = await open();
        const { context, requests } = watch(whole);
        const done = await logIn(whole, context, { way });
        for (let nth = 0; nth < context.spent.length; nth++) {
          const fresh = await open();
          const earlier = requests.filter(({ attempts }) => attempts <= nth).map(({ line }) => line);
          const what = `attempt ${nth + 1} of a login refused, ${way}`;
          await sendsAfterRefusal(fresh, nth, (refusingIo) => logIn(fresh, refusingIo, { way }), earlier, what);
        }
        for (const { name, calls, run } of [...operationsOf(whole, done), ...enrolmentOf(whole, done)]) {
          if (!["renew", "enrolment.enable", "enrolment.disable"].includes(name)) continue;
          // A renewal that shows nothing but its token spends nothing; of an enrolment the kit knows no calls.
          const spending = calls?.findIndex((line) => line.includes(" > ")) ?? 0;
          if (spending < 0) continue;
          const earlier = calls?.slice(0, spending) ?? [];
          await sendsAfterRefusal(whole, 0, run, earlier, `the first attempt of ${name} refused`);
        }
      }
    },
  },
  {
    title: "takes a malformed answer for a mistake that costs nothing: the login stays open",
    advice: "the form of an answer is checked before `context.recordAttempt`: `configuration`, without its value",
    async check(test, open) {
      for (const way of waysOf(test)) {
        const fresh = await open();
        const { context, requests } = watch(fresh);
        for await (const { step, credentials, answer } of login(fresh, context, { way })) {
          if (answer === undefined) continue;
          const before = `calls ${requests.length}, attempts ${context.spent.length}`;
          for (const value of ["", "  ", "typed-marker\u0000"]) {
            const what = `the ${answer.kind} ${JSON.stringify(value)}`;
            const malformed = { kind: answer.kind, value };
            const error = await refusalOf(
              () => fresh.provider.answer(step.pending, malformed, credentials, context),
              what,
              "configuration",
            );
            hides(error, ["typed-marker"], `the error for ${what}`);
            same(`calls ${requests.length}, attempts ${context.spent.length}`, before, `what ${what} cost so far`);
          }
        }
      }
    },
  },
  {
    title: "keeps nothing between two calls: another instance goes on with a pending login",
    advice: "all that the next step needs is in `pending.state`; no variable of instance or module remembers a login",
    async check(test, open) {
      const way = waysOf(test).at(-1) ?? "login";
      const [one, two] = [await open(), await open()];
      const ios = [watch(one).context, watch(two).context] as const;
      // In turns, as two accounts of one program may, and each step by the instance that has just done one of the other login.
      const turns = [[one, two] as const, [two, one] as const].map(([own, other], index) => {
        const instance = (asked: number) => (asked % 2 === 0 ? own : other).provider;
        const context = ios[index] ?? own.context();
        return { test: own, context, stages: login(own, context, { way, instance }) };
      });
      const last = new Map<ProviderTestEnvironment, Stage>();
      for (let going = true; going;) {
        going = false;
        for (const turn of turns) {
          const next = await outcomeOf(() => turn.stages.next(), "two logins in turns");
          check(!("error" in next), `two logins in turns: found ${JSON.stringify(next)}, expected two sessions`);
          if (next.value.done === true) continue;
          going = true;
          last.set(turn.test, next.value.value);
        }
      }
      for (const turn of turns) {
        const { step, credentials } = last.get(turn.test) ?? {};
        check(step?.kind === "session", "two logins in turns: found no session");
        const state = await turn.test.provider.probe?.({ ...step.session, generation: 1 }, credentials, turn.context);
        check(state === undefined || state === "alive", `a session of two logins in turns: found it ${state}`);
      }
    },
  },
  {
    title: "leaves what it was given as it was",
    advice: "copy, then change: account, credentials, pending login, answer and session are the caller's",
    async check(test, open) {
      for (const way of waysOf(test)) {
        const fresh = await open();
        const { context } = watch(fresh);
        const { provider } = fresh;
        const work = async (): Promise<void> => {
          provider.parseCredentials(frozen({ ...fresh.account }));
          const done = await logIn(fresh, context, { way, prepare: frozen });
          frozen([done.session, done.renewal]);
          provider.tokens.decode(frozen(provider.tokens.encode(done.session.tokens)), provider.tokens.version);
          provider.authorize(done.session, done.credentials, frozen({ path: "/" }));
          for (const { run } of operationsOf(fresh, done)) await run(context);
        };
        const outcome = await outcomeOf(work, `everything given is frozen, ${way}`);
        check(!("error" in outcome), `everything given is frozen, ${way}: found ${JSON.stringify(outcome)}`);
      }
    },
  },
];

/** Refuses one attempt of a piece of work, which has to end in that very refusal, having sent no more than this. */
async function sendsAfterRefusal(
  test: ProviderTestEnvironment,
  nth: number,
  run: (context: Witness["context"]) => Promise<unknown>,
  earlier: readonly string[],
  what: string,
): Promise<void> {
  const refusal = new Error("this attempt is not allowed");
  let attempts = 0;
  const recordAttempt = async (): Promise<void> => {
    if (attempts++ !== nth) return;
    // A store takes its time before it says no.
    await Promise.resolve();
    throw refusal;
  };
  const { context, requests } = watch(test, { recordAttempt });
  const found = await run(context).then(
    () => undefined,
    (error: unknown) => error,
  );
  sameList(
    requests.map(({ line }) => line),
    earlier,
    `the calls with ${what}`,
  );
  // What asks a person first has spent nothing yet.
  if (attempts > 0)
    check(found === refusal, `${what}: found ${String(found)}, expected the rejection of context.recordAttempt itself`);
}

/** The same value, which can no longer be changed at any depth. */
function frozen<Value>(value: Value): Value {
  if (typeof value !== "object" || value === null || Object.isFrozen(value) || ArrayBuffer.isView(value)) return value;
  Object.freeze(value);
  for (const part of Object.values(value)) frozen(part);
  return value;
}
