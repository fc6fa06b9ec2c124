import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { describe, expect, test } from "vitest";
import { LockBell } from "./lock-bell.ts";
import { temporaryDirectory } from "./testing/temporary-directory.ts";

/** Resolves when it is called. */
function called(): { readonly call: () => void; readonly once: Promise<void> } {
  let call: (() => void) | undefined;
  const once = new Promise<void>((resolve) => (call = resolve));
  return { call: () => call?.(), once };
}

describe("a lock's bell", () => {
  test("is heard by whoever listens for this lock, and by nobody else", async () => {
    const directory = temporaryDirectory();
    for (const name of ["one.lock", "other.lock"]) writeFileSync(join(directory, name), "");
    const bell = new LockBell(directory);
    const { call, once } = called();
    let others = 0;
    const deaf = [bell.listen("one.lock", call), bell.listen("other.lock", () => (others += 1))];
    LockBell.ring(join(directory, "one.lock"));
    await once;
    expect(others).toBe(0);
    for (const end of deaf) end();
  });

  test("is heard as long as one of its listeners is there, and again by whoever comes later", async () => {
    const directory = temporaryDirectory();
    const path = join(directory, "a.lock");
    writeFileSync(path, "");
    const bell = new LockBell(directory);
    let gone = 0;
    for (let round = 0; round < 2; round++) {
      const { call, once } = called();
      const [first, second] = [bell.listen("a.lock", () => (gone += 1)), bell.listen("a.lock", call)];
      first();
      first();
      LockBell.ring(path);
      await once;
      second();
    }
    expect(gone).toBe(0);
  });

  test("does no harm where it cannot be hung up or rung", async () => {
    const nowhere = join(temporaryDirectory(), "nowhere");
    const bell = new LockBell(nowhere);
    const end = bell.listen("a", () => undefined);
    LockBell.ring(join(nowhere, "a"));
    await pause(5);
    expect(end).not.toThrow();
  });
});
