import type { ProviderContext } from "../contract/provider-context.ts";
import type { Warning } from "../contract/login-step.ts";
import type { SessionGrant } from "../contract/session.ts";
import { formatIndiaTime } from "./india-time.ts";

// A login this close to the end of every session buys next to nothing.
const shortSessionMs = 5 * 60_000;
// The broker's clock is known to the second, so the time of day has certainly passed there a little later.
const afterCutoffMs = 2_000;

/** What the owner of a session should know that ends within five minutes. */
export function shortSession({
  issuedAt,
  expiresAt,
}: Pick<SessionGrant<unknown>, "issuedAt" | "expiresAt">): readonly Warning[] {
  if (expiresAt - issuedAt > shortSessionMs) return [];
  const message = `This session ends at ${formatIndiaTime(expiresAt)}, within five minutes. Log in again after that.`;
  return [{ code: "short_session", message }];
}

/**
 * Waits until the time of day has passed at which every session ends, where that is less than five minutes away: nobody gains from a login right before
 * it. Only a login that runs by itself is held back: a person who asks for one knows why, and is warned.
 * @param cutoffAt epoch milliseconds, broker time
 */
export async function waitForCutoff(cutoffAt: number, context: ProviderContext): Promise<void> {
  const left = cutoffAt - context.now();
  if (context.attended || left > shortSessionMs) return;
  await context.sleep(left + afterCutoffMs, context.signal, "midnight");
}
