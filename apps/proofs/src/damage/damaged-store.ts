import type { RecordKey, StoredRecord, TokenStore } from "@x/core";
import { sqliteStore } from "@x/stores/sqlite";
import { openPlannedEngine, openPlannedStore, type TestAuth, type TestEnvironment } from "@x/test-environment";
import { outcomeOf } from "../harness/outcome.ts";
import type { ProofContext } from "../harness/proof.ts";

/** What was tried, and what came of it. */
export interface Tally {
  damages: number;
  /** What the engine said, where it was not what it should have said. */
  readonly wrong: Map<string, number>;
  changed: number;
  /** Keys that were made or changed. */
  keys: number;
  readonly codes: Map<string, number>;
}

export type Records = ReadonlyMap<RecordKey, StoredRecord>;

export interface Scene {
  readonly tally: Tally;
  readonly test: TestEnvironment<string>;
  readonly context: ProofContext;
  readonly records: Records;
  /** Of the session before. */
  readonly earlier: Records;
}

/** The sealed records of all accounts, and the label's, as they lie in the database. */
export async function recordsIn(test: TestEnvironment<string>): Promise<Records> {
  return inside(test, async (below) => {
    const found = new Map<RecordKey, StoredRecord>();
    for await (const key of below.keys()) {
      const stored = await below.read(key);
      if (stored !== undefined) found.set(key, stored);
    }
    return found;
  });
}

export async function inside<Result>(
  { plan }: TestEnvironment<string>,
  work: (below: TokenStore) => Promise<Result>,
): Promise<Result> {
  const below = sqliteStore({ directory: plan.storeDirectory });
  try {
    return await work(below);
  } finally {
    await below.close();
  }
}

/** Opens the store afresh, as a program that starts would, and compares what its engine says for each account. */
export async function expectCode(
  { test, tally }: Scene,
  expected: readonly string[],
  what: string,
  whose: "one" | "any" | "all",
  open: () => TokenStore = () => openPlannedStore(test.plan),
): Promise<void> {
  const store = open();
  const auth = openPlannedEngine(test.plan, { store });
  const found: string[] = [];
  for (const { name } of test.accounts) found.push(await outcomeOf(auth.session(name)));
  await auth.close();
  tally.damages += 1;
  const bad = found.filter((code) => !expected.includes(code));
  for (const code of found) if (code !== "done") tally.codes.set(code, (tally.codes.get(code) ?? 0) + 1);
  // A damaged record is one account's affair: the others go on.
  const right =
    whose === "one" ? bad.length === found.length - 1 && bad.every((code) => code === "done") : bad.length === 0;
  if (!right) tally.wrong.set(`${what}: ${found.join(", ")}`, (tally.wrong.get(what) ?? 0) + 1);
}

/** What a program that was open before says of each account's record now. */
export async function readAll({ test }: Scene, auth: TestAuth<string>): Promise<readonly string[]> {
  const found: string[] = [];
  for (const { name } of test.accounts) found.push(await outcomeOf(auth.status(name)));
  return found;
}

/** One account's record is damaged, and one account is told so. */
export function expectOne({ tally }: Scene, found: readonly string[], expected: readonly string[], what: string): void {
  tally.damages += 1;
  const failed = found.filter((code) => code !== "done");
  if (failed.length === 1 && failed.every((code) => expected.includes(code))) return;
  const told = `${what}: ${found.join(", ")}`;
  tally.wrong.set(told, (tally.wrong.get(told) ?? 0) + 1);
}

export async function replace(below: TokenStore, key: RecordKey, expected: number, next: StoredRecord): Promise<void> {
  if (!(await below.swap(key, expected, { ...next, sealed: true })))
    throw new Error("a damage could not be put in its place");
}
