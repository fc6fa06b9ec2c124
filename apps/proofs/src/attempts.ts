import { isBrokerAuthError } from "@x/core";
import { demoAccounts, type SandboxOptions, type Scenario } from "@x/sandbox";
import { type Desk, type DeskChanges, openDesk } from "./desk.ts";
import { atLeast, atMost, counted, exactly, none, type Proof, type ProofContext, told } from "./proof.ts";

type Name = "main" | "hedge";

/** The journal's words for the calls that carry something a broker counts. */
const factorSteps = {
  main: ["sendphoneotp", "verifyphoneotp", "totp-login", "verifypin"],
  hedge: ["login", "validate"],
} as const;

export const attempts: Proof = {
  name: "attempts",
  promises: ["P2"],
  bar: "every factor wrong, in every order: 1 refused send for each wrong configuration, 2 attempts left for the human after one of them; 2 sends where no clear answer comes",
  async run(context) {
    const one = await oneWrongConfiguration(context);
    const two = await twoWrongConfigurations(context);
    const lost = await lostAnswers(context);
    return counted({
      "wrong configurations alone": told(one.cases),
      "of them refused more or less often than once": none(one.refused),
      "attempts left at the broker after one (at least)": atLeast(one.left, 2),
      "ordered pairs of them": told(two.cases),
      "refused sends of each (at most)": exactly(two.refused, 1),
      "attempts left after two (at least)": atLeast(two.left, 1),
      "kinds of lost answers": told(lost.cases),
      "sends of one factor (at most)": exactly(lost.sends, 2),
      "codes sent twice": exactly(lost.codesTwice, 0),
      "corrected configurations that did not get in": exactly(one.shutOut + two.shutOut, 0),
      "texts with nobody there": exactly(await textsWithNobodyThere(), 0),
      "refused sends after the MPIN was changed at the broker": exactly(await changedMpin(), 1),
      "unexpected errors": atMost(one.unexpected + two.unexpected + lost.unexpected, 0),
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
        await using desk = await openDesk(undefined, style);
        found.cases += 1;
        const errors = await Promise.all([1, 2, 3].map(() => start(desk, name, wrong)));
        for (let restart = 0; restart < 9; restart++) {
          desk.clock.advance(context.random() * 7_200_000);
          errors.push(await start(desk, name, wrong));
        }
        found.unexpected += errors.filter((error) => !isRefusal(error)).length;
        const refused = refusedSends(desk, name);
        if (refused !== 1) found.refused.push(`${refused} times ${JSON.stringify(wrong)}`);
        found.left = Math.min(found.left, attemptsLeft(desk, name));
        found.shutOut += (await start(desk, name, {})) === undefined ? 0 : 1;
      }
    }
  }
  return found;
}

/** Two programs with different wrong configurations of one account, in turns: the second may be a correction, the third try of either is not. */
async function twoWrongConfigurations(
  context: ProofContext,
): Promise<{ cases: number; refused: number; left: number; shutOut: number; unexpected: number }> {
  const found = { cases: 0, refused: 0, left: 3, shutOut: 0, unexpected: 0 };
  for (const name of ["main", "hedge"] as const) {
    const pairs = wrongConfigurations(name, 1).flatMap((first) =>
      wrongConfigurations(name, 2).map((second) => [first, second] as const),
    );
    for (const pair of sampled(pairs, 10, context)) {
      await using desk = await openDesk();
      found.cases += 1;
      const refused = [0, 0];
      for (let turn = 0; turn < 8; turn++) {
        const before = refusedSends(desk, name);
        const error = await start(desk, name, pair[turn % 2] ?? {});
        refused[turn % 2] = (refused[turn % 2] ?? 0) + refusedSends(desk, name) - before;
        found.unexpected += isRefusal(error) ? 0 : 1;
        desk.clock.advance(context.random() * 600_000);
      }
      found.refused = Math.max(found.refused, ...refused);
      found.left = Math.min(found.left, attemptsLeft(desk, name));
      found.shutOut += (await start(desk, name, {})) === undefined ? 0 : 1;
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
        await using desk = await openDesk();
        found.cases += 1;
        playAt(desk, name, scenario);
        for (let restart = 0; restart < 5; restart++) {
          const error = await start(desk, name, scenario.name === "hang" ? { timeoutMs: 60 } : {});
          found.unexpected += isBrokerAuthError(error) ? 0 : 1;
          desk.clock.advance(context.random() * 600_000);
        }
        const { journal } = desk.sandbox;
        found.sends = Math.max(
          found.sends,
          ...factorSteps[name].map((one) => journal.count({ account: name, step: one })),
        );
        const codes = journal.entries({ account: name, step: ["totp-login", "login"] }).map(({ body }) => codeOf(body));
        found.codesTwice += codes.length - new Set(codes).size;
      }
    }
  }
  return found;
}

/** An account without TOTP logs in by SMS, which somebody has to read. */
async function textsWithNobodyThere(): Promise<number> {
  await using desk = await openDesk();
  const phone = demoAccounts.nubra.find(({ name }) => name === "sms")?.phone ?? "";
  for (let restart = 0; restart < 5; restart++) {
    await start(desk, "main", { main: { phone, mpin: "2468", totpSecret: undefined } });
  }
  return desk.sandbox.journal.count({ step: "sendphoneotp" }) + desk.sandbox.nubra.inbox("sms").length;
}

/** A session was minted with the old MPIN, and the person changed it elsewhere: the renewal and the full login share one refusal. */
async function changedMpin(): Promise<number> {
  await using desk = await openDesk();
  await start(desk, "main", {});
  desk.sandbox.nubra.setMpin("main", "8642");
  desk.sandbox.nubra.endSessions("main");
  desk.clock.advance(8 * 3_600_000);
  for (let restart = 0; restart < 10; restart++) {
    await start(desk, "main", {});
    desk.clock.advance(3_600_000);
  }
  return refusedSends(desk, "main");
}

/** A program that starts, wants a session, and ends. */
async function start(desk: Desk, name: Name, changes: DeskChanges): Promise<unknown> {
  try {
    await desk.engine(changes).session(name);
    return undefined;
  } catch (error) {
    return error;
  }
}

function isRefusal(error: unknown): boolean {
  const codes = ["invalid_credentials", "totp_rejected", "pin_rejected", "login_blocked"];
  return isBrokerAuthError(error) && codes.includes(error.code);
}

function refusedSends(desk: Desk, name: Name): number {
  // Not by account: a wrong phone or client code is nobody's.
  return desk.sandbox.journal.count({ step: factorSteps[name], outcome: "refused" });
}

function attemptsLeft(desk: Desk, name: Name): number {
  const { nubra, kotakNeo } = desk.sandbox;
  const account = (name === "main" ? nubra : kotakNeo).accounts().find((one) => one["name"] === name);
  return 3 - Number(account?.["wrongFactors"]);
}

function playAt(desk: Desk, name: Name, scenario: Scenario): void {
  if (name === "main") desk.sandbox.nubra.scenarios.set(name, scenario);
  else desk.sandbox.kotakNeo.scenarios.set(name, scenario);
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

/** All ways to have one field or several of an account wrong. Another `edition` has other wrong values. */
function wrongConfigurations(name: Name, edition: 1 | 2): readonly DeskChanges[] {
  const totpSecret = `MZXW6YTBOI7${String(edition + 1).repeat(21)}`;
  const fields =
    name === "main"
      ? [{ totpSecret }, { mpin: `864${edition}` }]
      : [
          { accessToken: `00000000-0000-4000-8000-00000000000${edition}` },
          { mobileNumber: `+91988888888${edition}` },
          { ucc: `ZZ99${edition}` },
          { totpSecret },
          { mpin: `86420${edition}` },
        ];
  return Array.from({ length: 2 ** fields.length - 1 }, (_, index) => {
    const chosen = fields.filter((_field, place) => (((index + 1) >> place) & 1) === 1);
    return { [name]: Object.assign({}, ...chosen) as object };
  });
}

function unclearAnswers(name: Name, step: string): readonly Scenario[] {
  const faults: readonly Scenario[] = [
    { name: "reset", step },
    { name: "reset", step, acted: true },
    { name: "hang", step },
    { name: "html-page", step },
    { name: "html-page", step, status: 400 },
    { name: "html-page", step, status: 200 },
    { name: "server-error", step, status: 500 },
    { name: "server-error", step, status: 503, acted: true },
    { name: "rate-limit", step },
    { name: "rate-limit", step, retryAfterSeconds: 3, acted: true },
    { name: "truncated-json", step },
    { name: "truncated-json", step, cut: true },
    { name: "huge-body", step, bytes: 400_000 },
    { name: "redirect", step },
    { name: "wrong-type", step },
    { name: "proto-keys", step },
  ];
  const own: readonly Scenario[] =
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

/** All of them in the full form, a random few in the short one. */
function sampled<Item>(items: readonly Item[], few: number, { scale, random }: ProofContext): readonly Item[] {
  if (scale === "full") return items;
  return Array.from({ length: few }, () => items[Math.floor(random() * items.length)] as Item);
}
