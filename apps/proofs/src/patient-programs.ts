import { isBrokerAuthError } from "@x/core";
import type { Desk, DeskAuth } from "./desk.ts";

type Name = "main" | "hedge";

/** Every program asks as soon as it was told to, and a second later where it was told nothing. */
export async function wantSessions(
  programs: readonly DeskAuth[],
  name: Name,
  clock: Desk["clock"],
  spanMs: number,
): Promise<void> {
  const until = clock.now() + spanMs;
  const nextAt = programs.map(() => clock.now());
  for (let now = clock.now(); now < until; now = Math.max(Math.min(...nextAt), clock.now())) {
    clock.set(now);
    const due = programs.map((_, place) => place).filter((place) => (nextAt[place] ?? 0) <= now);
    const waits = await Promise.all(due.map((place) => waitAfterSession(programs[place] as DeskAuth, name)));
    for (const [index, place] of due.entries()) nextAt[place] = Math.max(clock.now(), now) + (waits[index] ?? 0);
  }
}

/** How long an account has to be left alone after one call, as the call itself says. */
export async function waitAfterSession(auth: DeskAuth, name: Name): Promise<number> {
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
