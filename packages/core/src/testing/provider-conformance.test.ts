import { describe, expect, it } from "vitest";
import { brokenAccounts } from "./broken-toys/accounts.ts";
import { brokenCalls } from "./broken-toys/calls.ts";
import { brokenLogins } from "./broken-toys/logins.ts";
import { brokenPendings } from "./broken-toys/pendings.ts";
import { brokenSessions } from "./broken-toys/sessions.ts";
import { providerConformance } from "./provider-conformance.ts";
import { type Spoil, toyBench } from "./toy-bench.ts";

const brokenToys = [...brokenAccounts, ...brokenLogins, ...brokenPendings, ...brokenCalls, ...brokenSessions];

interface Rule {
  readonly title: string;
  readonly body: () => Promise<void>;
}

/** The rules of the kit, for the toy with something wrong. */
function rulesFor(spoil?: Spoil): readonly Rule[] {
  const rules: Rule[] = [];
  const runner = {
    describe: (_title: string, body: () => void) => body(),
    it: (title: string, body: () => Promise<void>) => void rules.push({ title, body }),
  };
  providerConformance(runner, () => toyBench(spoil));
  return rules;
}

/** What the rules say that fail, by their titles. One after the other: an adapter may keep something in its module. */
async function failures(spoil?: Spoil): Promise<Map<string, string>> {
  const failed = new Map<string, string>();
  for (const { title, body } of rulesFor(spoil)) {
    await body().catch((error: unknown) => failed.set(title, String(error)));
  }
  return failed;
}

const titles = rulesFor().map(({ title }) => title);
const titled = (starts: readonly string[]): string[] =>
  titles.filter((title) => starts.some((start) => title.startsWith(start)));

describe("the provider kit", () => {
  it("finds nothing wrong with an adapter that keeps the rules", async () => {
    expect([...(await failures())]).toEqual([]);
  });

  it.each(brokenToys)("fails an adapter that $what", async ({ spoil, fails }) => {
    const failed = await failures(spoil);
    expect([...failed.keys()]).toEqual(titled(fails));
  });

  it("has no rule that no broken adapter fails", () => {
    const failed = titled(brokenToys.flatMap(({ fails }) => fails));
    expect(titles.filter((title) => !failed.includes(title))).toEqual([]);
  });
});
