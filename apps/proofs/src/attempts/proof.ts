import { isBrokerAuthError } from "@x/core";
import { demoAccounts, type SandboxOptions } from "@x/sandbox";
import {
  type BrokerScenario,
  type TestEngineChanges,
  type TestEnvironment,
  openTestEnvironment,
} from "@x/test-environment";
import { atLeast, atMost, counted, exactly, none, type Proof, type ProofContext, told } from "../harness/proof.ts";
import { wrongConfigurations } from "./wrong-configurations.ts";

type Name = "main" | "hedge";

/** The journal's words for the calls that carry something a broker counts. */
const factorSteps = {
  main: ["sendphoneotp", "verifyphoneotp", "totp-login", "verifypin"],
  hedge: ["login", "validate"],
} as const;

export const attempts: Proof = {
  name: "attempts",
  promises: ["P2"],
  bar: "every factor wrong, in every order, by 1 to 50 programs with as many configurations: at most 2 refused attempts of an account without a person's action, and its last one is left; 2 sends where no clear answer comes, and none counted where nobody looked",
  async run(context) {
    const one = await oneWrongConfiguration(context);
    const many = await manyWrongConfigurations(context);
    const lost = await lostAnswers(context);
    const unseen = await unseenCalls(context);
    return counted({
      "wrong configurations alone": told(one.cases),
      "of them refused more or less often than the table says": none(one.refused),
      "crowds of programs with different ones": told(many.cases),
      "refused sends of an account (at most)": atMost(many.refused, 2),
      "attempts left at the broker (at least)": atLeast(Math.min(one.left, many.left), 1),
      "kinds of lost answers": told(lost.cases),
      "sends of one factor (at most)": exactly(lost.sends, 2),
      "codes sent twice": exactly(lost.codesTwice + unseen.codesTwice, 0),
      "kinds of calls that nobody looked at": told(unseen.cases),
      "accounts that they blocked": exactly(unseen.blocked, 0),
      "corrected configurations that did not get in by hand": exactly(one.shutOut + many.shutOut, 0),
      "texts with nobody there": exactly(await textsWithNobodyThere(), 0),
      "refused sends after the MPIN was changed at the broker": exactly(await changedMpin(), 1),
      "unexpected errors": atMost(one.unexpected + many.unexpected + lost.unexpected, 0),
    });
  },
};

/** One configuration with one or more wrong fields, started again and again, three times at once to begin with. */
async function oneWrongConfiguration(context: ProofContext): Promise<{
  readonly cases: number;
  readonly refused: readonly string[];
  readonly left: number;
  readonly shutOut: number;
  readonly unexpected: number;
}> {
  const found = { cases: 0, refused: [] as string[], left: 3, shutOut: 0, unexpected: 0 };
  for (const name of ["main", "hedge"] as const) {
    for (const wrong of wrongConfigurations(name, 1)) {
      for (const style of sampled(failureStyles[name], 1, context)) {
        await using test = await openTestEnvironment({ sandbox: style });
        found.cases += 1;
        const errors = await Promise.all([1, 2, 3].map(() => start(test, name, wrong)));
        for (let restart = 0; restart < 9; restart++) {
          test.clock.advance(context.random() * 7_200_000);
          errors.push(await start(test, name, wrong));
        }
        found.unexpected += errors.filter((error) => !isRefusal(error)).length;
        const refused = refusedSends(test, name);
        // Everything but the MPIN is judged with the code, which has one further try.
        const onlyPin = Object.keys(wrong[name] ?? {}).join() === "mpin";
        if (refused !== (onlyPin ? 1 : 2)) found.refused.push(`${refused} times ${JSON.stringify(wrong)}`);
        found.left = Math.min(found.left, attemptsLeft(test, name));
        // A corrected MPIN is within the budget; the rest is a person's.
        const corrected = onlyPin ? await start(test, name, {}) : await byHand(test, name);
        found.shutOut += corrected === undefined ? 0 : 1;
      }
    }
  }
  return found;
}

/** Programs of one account, each with a wrong configuration of its own, started in turns and at once, again and again. */
async function manyWrongConfigurations(
  context: ProofContext,
): Promise<{ cases: number; refused: number; left: number; shutOut: number; unexpected: number }> {
  const found = { cases: 0, refused: 0, left: 3, shutOut: 0, unexpected: 0 };
  const crowds = context.scale === "full" ? [2, 2, 2, 2, 3, 3, 3, 5, 8, 50, 50] : [2, 3, 5];
  for (const name of ["main", "hedge"] as const) {
    for (const programs of crowds) {
      await using test = await openTestEnvironment();
      found.cases += 1;
      const choices = Array.from({ length: programs }, (_, edition) => {
        // Another client code is another account.
        const all = wrongConfigurations(name, edition + 1).filter(({ hedge }) => hedge?.ucc === undefined);
        return all[Math.floor(context.random() * all.length)] ?? {};
      });
      const errors: unknown[] = [];
      for (let round = 0; round < 3; round++) {
        if (round === 1) errors.push(...(await Promise.all(choices.map((choice) => start(test, name, choice)))));
        else for (const choice of choices) errors.push(await start(test, name, choice));
        test.clock.advance(context.random() * 600_000);
      }
      found.unexpected += errors.filter((error) => !isRefusal(error)).length;
      found.refused = Math.max(found.refused, refusedSends(test, name));
      found.left = Math.min(found.left, attemptsLeft(test, name));
      found.shutOut += (await byHand(test, name)) === undefined ? 0 : 1;
    }
  }
  return found;
}

/** Right credentials, and an answer that never says clearly what became of the attempt: one further try, in a new time step, and no third. */
async function lostAnswers(
  context: ProofContext,
): Promise<{ cases: number; sends: number; codesTwice: number; unexpected: number }> {
  const found = { cases: 0, sends: 0, codesTwice: 0, unexpected: 0 };
  for (const name of ["main", "hedge"] as const) {
    for (const step of factorSteps[name].slice(-2)) {
      for (const scenario of sampled(unclearAnswers(name, step), 6, context)) {
        await using test = await openTestEnvironment();
        found.cases += 1;
        test.play(name, scenario);
        for (let restart = 0; restart < 5; restart++) {
          const error = await start(test, name, scenario.name === "hang" ? { timeoutMs: 60 } : {});
          found.unexpected += isBrokerAuthError(error) ? 0 : 1;
          test.clock.advance(context.random() * 600_000);
        }
        const { journal } = test.sandbox;
        found.sends = Math.max(
          found.sends,
          ...factorSteps[name].map((one) => journal.count({ account: name, step: one })),
        );
        found.codesTwice += codesTwice(test, name);
      }
    }
  }
  return found;
}

/** Right credentials, and a way on which the call is turned away before anybody looks at it: free, however often. */
async function unseenCalls(context: ProofContext): Promise<{ cases: number; blocked: number; codesTwice: number }> {
  const found = { cases: 0, blocked: 0, codesTwice: 0 };
  for (const name of ["main", "hedge"] as const) {
    for (const step of factorSteps[name].slice(-2)) {
      for (const scenario of sampled(unseenAnswers(step), 3, context)) {
        await using test = await openTestEnvironment();
        found.cases += 1;
        test.play(name, scenario);
        for (let restart = 0; restart < 5; restart++) {
          await start(test, name, {});
          test.clock.advance(context.random() * 600_000);
        }
        test.endScenarios(name);
        test.clock.advance(900_000);
        found.blocked += (await start(test, name, {})) === undefined ? 0 : 1;
        found.codesTwice += codesTwice(test, name);
      }
    }
  }
  return found;
}

/** An account without TOTP logs in by SMS, which somebody has to read. */
async function textsWithNobodyThere(): Promise<number> {
  await using test = await openTestEnvironment();
  const phone = demoAccounts.nubra.find(({ name }) => name === "sms")?.phone ?? "";
  for (let restart = 0; restart < 5; restart++) {
    await start(test, "main", { main: { phone, mpin: "2468", totpSecret: undefined } });
  }
  return test.sandbox.journal.count({ step: "sendphoneotp" }) + test.sandbox.nubra.inbox("sms").length;
}

/** A session was minted with the old MPIN, and the person changed it elsewhere: the renewal and the full login share one refusal. */
async function changedMpin(): Promise<number> {
  await using test = await openTestEnvironment();
  await start(test, "main", {});
  test.sandbox.nubra.setMpin("main", "8642");
  test.sandbox.nubra.endSessions("main");
  test.clock.advance(8 * 3_600_000);
  for (let restart = 0; restart < 10; restart++) {
    await start(test, "main", {});
    test.clock.advance(3_600_000);
  }
  return refusedSends(test, "main");
}

/** A program that starts, wants a session, and ends. */
async function start(test: TestEnvironment, name: Name, changes: TestEngineChanges): Promise<unknown> {
  try {
    await test.engine(changes).session(name);
    return undefined;
  } catch (error) {
    return error;
  }
}

/** The person who corrected the configuration, and is asked for a code: two refusals are spent. */
async function byHand(test: TestEnvironment, name: Name): Promise<unknown> {
  const { clock, sandbox } = test;
  clock.advance(31_000);
  try {
    await test.engine({ [name]: { totpSecret: undefined } }).login(name, {
      otp: () => sandbox.nubra.inbox(name).at(-1)?.code ?? "",
      totp: () => sandbox.kotakNeo.totpCode(name) ?? "",
    });
    return undefined;
  } catch (error) {
    return error;
  }
}

function codesTwice({ sandbox }: TestEnvironment, name: Name): number {
  const sent = sandbox.journal.entries({ account: name, step: ["totp-login", "login"] });
  const codes = sent.map(({ body }) => codeOf(body));
  return codes.length - new Set(codes).size;
}

function isRefusal(error: unknown): boolean {
  const codes = ["invalid_credentials", "totp_rejected", "pin_rejected", "login_blocked"];
  return isBrokerAuthError(error) && codes.includes(error.code);
}

function refusedSends(test: TestEnvironment, name: Name): number {
  // Not by account: a wrong phone or client code is nobody's.
  return test.sandbox.journal.count({ step: factorSteps[name], outcome: "refused" });
}

function attemptsLeft(test: TestEnvironment, name: Name): number {
  const { nubra, kotakNeo } = test.sandbox;
  const account = (name === "main" ? nubra : kotakNeo).accounts().find((one) => one["name"] === name);
  return 3 - Number(account?.["wrongFactors"]);
}

function codeOf(body: unknown): string {
  return String((body as { readonly totp?: unknown } | undefined)?.totp);
}

const failureStyles: Readonly<Record<Name, readonly Omit<SandboxOptions, "clock">[]>> = {
  main: (["current", "status-401", "message", "detail", "empty"] as const).map((failureStyle) => ({
    nubra: { failureStyle },
  })),
  hedge: (["mixed", "docs", "bare", "gateway", "empty"] as const).map((failureStyle) => ({
    kotakNeo: { failureStyle },
  })),
};

function unclearAnswers(name: Name, step: string): readonly BrokerScenario[] {
  const faults: readonly BrokerScenario[] = [
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
  const own: readonly BrokerScenario[] =
    name === "main"
      ? [
          { name: "missing-token", step },
          { name: "reset-after-mint", step },
        ]
      : [
          { name: "upstream", step },
          { name: "no-token", step },
        ];
  return [...faults, ...own];
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

/** All of them in the full form, a random few in the short one. */
function sampled<Item>(items: readonly Item[], few: number, { scale, random }: ProofContext): readonly Item[] {
  if (scale === "full") return items;
  return Array.from({ length: few }, () => items[Math.floor(random() * items.length)] as Item);
}
