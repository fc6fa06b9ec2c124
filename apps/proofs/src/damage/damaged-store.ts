import type { RecordKey, StoredRecord, TokenStore } from "@x/core";
import { sqliteStore } from "@x/stores/sqlite";
import { openPlannedEngine, openPlannedStore, type TestAuth, type TestEnvironment } from "@x/test-environment";
import { outcomeOf } from "../harness/outcome.ts";
import type { ProofContext, Tally } from "../harness/proof.ts";

export type Records = ReadonlyMap<RecordKey, StoredRecord>;

/** What is damaged, what was tried, and what came of it. */
export interface Scene {
  readonly found: {
    readonly damages: Tally<number>;
    /** What the engine said, where it was not what it should have said. */
    readonly wrong: Tally<string>;
    readonly changed: Tally<number | boolean>;
    /** Keys that were made or changed. */
    readonly keys: Tally<number | boolean>;
  };
  /** How often the engine said what. */
  readonly codes: Map<string, number>;
  readonly test: TestEnvironment<string>;
  readonly context: ProofContext;
  readonly records: Records;
  /** Of the session before. */
  readonly earlier: Records;
}

/** The sealed records of all accounts, and the label's, as they lie in the database. */
export async function recordsIn(test: TestEnvironment<string>): Promise<Records> {
  const found = new Map<RecordKey, StoredRecord>();
  await inside(test, async (below) => {
    for await (const key of below.keys()) {
      const stored = await below.read(key);
      if (stored !== undefined) found.set(key, stored);
    }
  });
  return found;
}

export async function inside(
  { plan }: TestEnvironment<string>,
  work: (below: TokenStore) => Promise<void>,
): Promise<void> {
  const below = sqliteStore({ directory: plan.storeDirectory });
  await work(below).finally(() => below.close());
}

/** Opens the store afresh, as a program that starts would, and compares what its engine says for each account. */
export async function expectCode(
  { test, found, codes }: Scene,
  expected: string | readonly string[],
  what: string,
  whose: "one" | "all",
  open: () => TokenStore = () => openPlannedStore(test.plan),
): Promise<void> {
  await using auth = openPlannedEngine(test.plan, { store: open() });
  const said = await each(test, (name) => auth.session(name));
  for (const code of said) if (code !== "done") codes.set(code, (codes.get(code) ?? 0) + 1);
  found.damages.add(1);
  const bad = said.filter((code) => ![expected].flat().includes(code));
  // A damaged record is one account's affair: the others go on.
  const right =
    whose === "one" ? bad.length === said.length - 1 && bad.every((code) => code === "done") : bad.length === 0;
  if (!right) found.wrong.add(`${what}: ${said.join(", ")}`);
}

/** What a program that was open before says of each account's record now. */
export function readAll({ test }: Scene, auth: TestAuth<string>): Promise<readonly string[]> {
  return each(test, (name) => auth.status(name));
}

async function each(test: TestEnvironment<string>, work: (name: string) => Promise<unknown>): Promise<string[]> {
  const said: string[] = [];
  for (const { name } of test.accounts) said.push(await outcomeOf(work(name)));
  return said;
}

/** One account's record is damaged, and one account is told so. */
export function expectOne({ found }: Scene, said: readonly string[], expected: string, what: string): void {
  found.damages.add(1);
  const failed = said.filter((code) => code !== "done");
  if (failed.length !== 1 || failed[0] !== expected) found.wrong.add(`${what}: ${said.join(", ")}`);
}

export async function replace(below: TokenStore, key: RecordKey, expected: number, next: StoredRecord): Promise<void> {
  if (!(await below.swap(key, expected, { ...next, sealed: true })))
    throw new Error("a damage could not be put in its place");
}
