import type { SandboxOptions } from "@x/sandbox";
import {
  type BrokerScenario,
  type TestAccountName,
  type TestEngineChanges,
  type TestEnvironment,
  loginSteps,
  openTestEnvironment,
} from "@x/test-environment";
import { outcomeOf } from "../harness/outcome.ts";
import { counted, faults, highest, lowest, type Proof, type ProofContext, total } from "../harness/proof.ts";
import { sampled } from "../harness/sample.ts";
import { typedCodes } from "../harness/typed-codes.ts";
import { attemptsLeft, refusedSends, sendSteps } from "./refused-sends.ts";
import { differentlyWrong, wrongConfigurations } from "./wrong-configurations.ts";

export const proof: Proof = {
  promises: ["P2"],
  bar: "every factor wrong, in every order, by 1 to 50 programs with as many configurations: at most 2 refused attempts of an account without a person's action, and its last one is left; 2 sends where no clear answer comes, and none counted where nobody looked",
  async run(context) {
    const found = newFound();
    await textsWithNobodyThere(found);
    await changedMpin(found);
    await oneWrongConfiguration(found, context);
    await manyWrongConfigurations(found, context);
    await lostAnswers(found, context);
    await unseenCalls(found, context);
    return counted(found);
  },
};

const newFound = () => ({
  alone: total("wrong configurations alone"),
  refusedWrongly: faults("of them refused more or less often than the table says"),
  crowds: total("crowds of programs with different ones"),
  refused: highest("refused sends of an account (at most)", { atMost: 2 }),
  left: lowest("attempts left at the broker (at least)", { atLeast: 1 }),
  lost: total("kinds of lost answers"),
  sends: highest("sends of one factor (at most)", { exactly: 2 }),
  codesTwice: total("codes sent twice", { exactly: 0 }),
  unseen: total("kinds of calls that nobody looked at"),
  blocked: total("accounts that they blocked", { exactly: 0 }),
  shutOut: total("corrected configurations that did not get in by hand", { exactly: 0 }),
  texts: total("texts with nobody there", { exactly: 0 }),
  changed: total("refused sends after the MPIN was changed at the broker", { exactly: 1 }),
  unexpected: faults("unexpected errors"),
});
type Found = ReturnType<typeof newFound>;

const refusals = ["invalid_credentials", "totp_rejected", "pin_rejected", "login_blocked"];

/** One configuration with one or more wrong fields, started again and again, three times at once to begin with. */
async function oneWrongConfiguration(found: Found, context: ProofContext): Promise<void> {
  for (const name of ["main", "hedge"] as const) {
    for (const wrong of wrongConfigurations(name, 1)) {
      for (const style of sampled(failureStyles[name], 1, context)) {
        await using test = await openTestEnvironment({ sandbox: style });
        found.alone.add(1);
        const outcomes = await Promise.all([1, 2, 3].map(() => start(test, name, wrong)));
        for (let restart = 0; restart < 9; restart++) {
          test.clock.advance(context.random() * 7_200_000);
          outcomes.push(await start(test, name, wrong));
        }
        found.unexpected.add(...outcomes.filter((outcome) => !refusals.includes(outcome)));
        const refused = refusedSends(test, name);
        // Everything but the MPIN is judged with the code, which has one further try, except where the broker names the access token.
        const onlyPin = Object.keys(wrong[name] ?? {}).join() === "mpin";
        const mayBeNamed = Object.hasOwn(wrong[name] ?? {}, "accessToken");
        const asTold = refused === (onlyPin ? 1 : 2) || (mayBeNamed && refused === 1);
        if (!asTold) found.refusedWrongly.add(`${refused} times ${JSON.stringify(wrong)}`);
        found.left.add(attemptsLeft(test, name));
        // A corrected MPIN is within the budget; the rest is a person's.
        const corrected = onlyPin ? await start(test, name) : await byHand(test, name);
        found.shutOut.add(corrected !== "done");
      }
    }
  }
}

/** Programs of one account, each with a wrong configuration of its own, started in turns and at once, again and again. */
async function manyWrongConfigurations(found: Found, { scale, random }: ProofContext): Promise<void> {
  const crowds = scale === "full" ? [2, 2, 2, 2, 3, 3, 3, 5, 8, 50, 50] : [2, 3, 5];
  for (const name of ["main", "hedge"] as const) {
    for (const programs of crowds) {
      await using test = await openTestEnvironment();
      found.crowds.add(1);
      const choices = differentlyWrong(name, programs, random);
      const outcomes: string[] = [];
      for (let round = 0; round < 3; round++) {
        if (round === 1) outcomes.push(...(await Promise.all(choices.map((choice) => start(test, name, choice)))));
        else for (const choice of choices) outcomes.push(await start(test, name, choice));
        test.clock.advance(random() * 600_000);
      }
      found.unexpected.add(...outcomes.filter((outcome) => !refusals.includes(outcome)));
      found.refused.add(refusedSends(test, name));
      found.left.add(attemptsLeft(test, name));
      found.shutOut.add((await byHand(test, name)) !== "done");
    }
  }
}

/** Right credentials, and an answer that never says clearly what became of the attempt: one further try, in a new time step, and no third. */
async function lostAnswers(found: Found, context: ProofContext): Promise<void> {
  await playEach(context, unclearAnswers, 6, async (test, name, outcomes) => {
    found.lost.add(1);
    found.unexpected.add(...outcomes.filter((outcome) => outcome === "done" || outcome.startsWith("untyped")));
    found.sends.add(...sendSteps[name].map((one) => test.sandbox.journal.count({ account: name, step: one })));
    found.codesTwice.add(codesTwice(test, name));
  });
}

/** Right credentials, and a way on which the call is turned away before anybody looks at it: free, however often. */
async function unseenCalls(found: Found, context: ProofContext): Promise<void> {
  await playEach(context, unseenAnswers, 3, async (test, name) => {
    found.unseen.add(1);
    test.endScenarios(name);
    test.clock.advance(900_000);
    found.blocked.add((await start(test, name)) !== "done");
    found.codesTwice.add(codesTwice(test, name));
  });
}

/** Scenarios at each call of a login, with five programs that start one after the other. */
async function playEach(
  context: ProofContext,
  scenarios: (step: string, name: TestAccountName) => readonly BrokerScenario[],
  few: number,
  look: (test: TestEnvironment, name: TestAccountName, outcomes: readonly string[]) => Promise<void>,
): Promise<void> {
  for (const name of ["main", "hedge"] as const) {
    for (const step of Object.values(loginSteps[name])) {
      for (const scenario of sampled(scenarios(step, name), few, context)) {
        await using test = await openTestEnvironment();
        test.play(name, scenario);
        const outcomes: string[] = [];
        for (let restart = 0; restart < 5; restart++) {
          outcomes.push(await start(test, name, scenario.name === "hang" ? { timeoutMs: 60 } : {}));
          test.clock.advance(context.random() * 600_000);
        }
        await look(test, name, outcomes);
      }
    }
  }
}

/** An account without TOTP logs in by SMS, which somebody has to read. */
async function textsWithNobodyThere(found: Found): Promise<void> {
  await using test = await openTestEnvironment();
  const main = { ...test.sandbox.nubra.accountInput("sms"), totpSecret: undefined };
  for (let restart = 0; restart < 5; restart++) await start(test, "main", { main });
  found.texts.add(test.sandbox.journal.count({ step: "sendphoneotp" }), test.sandbox.nubra.inbox("sms").length);
}

/** A session was minted with the old MPIN, and the person changed it elsewhere: the renewal and the full login share one refusal. */
async function changedMpin(found: Found): Promise<void> {
  await using test = await openTestEnvironment();
  await start(test, "main");
  test.sandbox.nubra.setMpin("main", "8642");
  test.endSessions("main");
  test.clock.advance(8 * 3_600_000);
  for (let restart = 0; restart < 10; restart++) {
    await start(test, "main");
    test.clock.advance(3_600_000);
  }
  found.changed.add(refusedSends(test, "main"));
}

/** A program that starts, wants a session, and ends. */
function start(test: TestEnvironment, name: TestAccountName, changes: TestEngineChanges = {}): Promise<string> {
  return outcomeOf(test.engine(changes).session(name));
}

/** The person who corrected the configuration, and is asked for a code: two refusals are spent. */
function byHand(test: TestEnvironment, name: TestAccountName): Promise<string> {
  test.clock.advance(31_000);
  return outcomeOf(test.engine({ [name]: { totpSecret: undefined } }).login(name, typedCodes(test, name)));
}

function codesTwice({ sandbox }: TestEnvironment, name: TestAccountName): number {
  const sent = sandbox.journal.entries({ account: name, step: loginSteps[name].totp });
  const codes = sent.map(({ body }) => String((body as { readonly totp?: unknown } | undefined)?.totp));
  return codes.length - new Set(codes).size;
}

const failureStyles: Readonly<Record<TestAccountName, readonly Omit<SandboxOptions, "clock">[]>> = {
  main: (["current", "status-401", "message", "detail", "empty"] as const).map((failureStyle) => ({
    nubra: { failureStyle },
  })),
  hedge: (["mixed", "docs", "bare", "gateway", "empty"] as const).map((failureStyle) => ({
    kotakNeo: { failureStyle },
  })),
};

function unclearAnswers(step: string, name: TestAccountName): readonly BrokerScenario[] {
  const unclear: readonly BrokerScenario[] = [
    { name: "reset", step },
    { name: "reset", step, acted: true },
    { name: "hang", step },
    { name: "html-page", step },
    { name: "html-page", step, status: 400 },
    { name: "html-page", step, status: 200 },
    { name: "server-error", step, status: 500 },
    { name: "server-error", step, status: 503, acted: true },
    { name: "truncated-json", step },
    { name: "truncated-json", step, cut: true },
    { name: "huge-body", step, bytes: 400_000 },
    { name: "redirect", step },
    { name: "wrong-type", step },
    { name: "proto-keys", step },
  ];
  const own = name === "main" ? (["missing-token", "reset-after-mint"] as const) : (["upstream", "no-token"] as const);
  return [...unclear, ...own.map((scenario) => ({ name: scenario, step }))];
}

function unseenAnswers(step: string): readonly BrokerScenario[] {
  return [
    { name: "rate-limit", step },
    { name: "rate-limit", step, retryAfterSeconds: 3 },
    ...[408, 421, 425, 499].map((status) => ({ name: "status", step, status }) as const),
    { name: "status", step, status: 403, body: "html" },
    { name: "status", step, status: 503, retryAfterSeconds: 300 },
  ];
}
