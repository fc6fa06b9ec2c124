import { isBrokerAuthError } from "@x/core";
import type { TestAuth, TestEnvironment } from "@x/test-environment";

type Name = "main" | "hedge";

/** Every program asks as soon as it was told to, and a second later where it was told nothing. */
export async function wantSessions(
  programs: readonly TestAuth[],
  name: Name,
  clock: TestEnvironment["clock"],
  spanMs: number,
): Promise<void> {
  const until = clock.now() + spanMs;
  const nextAt = programs.map(() => clock.now());
  for (let now = clock.now(); now < until; now = Math.max(Math.min(...nextAt), clock.now())) {
    clock.set(now);
    const due = programs.map((_, place) => place).filter((place) => (nextAt[place] ?? 0) <= now);
    const waits = await Promise.all(due.map((place) => waitAfterSession(programs[place] as TestAuth, name)));
    for (const [index, place] of due.entries()) nextAt[place] = Math.max(clock.now(), now) + (waits[index] ?? 0);
  }
}

/** How long an account has to be left alone after one call, as the call itself says. */
export async function waitAfterSession(auth: TestAuth, name: Name): Promise<number> {
  try {
    await auth.session(name);
  } catch (error) {
    if (!isBrokerAuthError(error)) throw error;
    if (error.retryAfterMs !== undefined) return error.retryAfterMs;
    // What is blocked stays so: a program that asks all the time would still be told the same.
    if (error.code === "login_blocked") return 600_000;
  }
  return 1_000;
}
