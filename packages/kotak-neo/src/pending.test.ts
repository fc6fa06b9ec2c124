import type { LoginStep, PendingLogin } from "@x/core/adapter";
import { fakeClock, type ScriptedFetch, scriptedFetch } from "@x/core/testing";
import { describe, expect, it } from "vitest";
import { answer, begin } from "./login.ts";
import { tradeAnswer, viewAnswer, viewToken } from "./testing/answers.ts";
import { attended, clientWith, refusalOf, type TestClient } from "./testing/scripted-broker.ts";

const morning = Date.UTC(2031, 2, 3, 3, 30, 10);
const midnight = Date.UTC(2031, 2, 3, 18, 30);

function pendingOf(step: LoginStep<unknown>): PendingLogin {
  if (step.kind !== "challenge") throw new Error("the login went on to a session");
  return step.pending;
}

function state(pending: PendingLogin): Record<string, unknown> {
  return pending.state as Record<string, unknown>;
}

/** A login after call 1. */
async function waitingForPin(): Promise<{ script: ScriptedFetch; client: TestClient; pending: PendingLogin }> {
  const script = scriptedFetch(viewAnswer(), tradeAnswer());
  const client = clientWith({ fetch: script.fetch, clock: fakeClock(morning) }, attended);
  const first = pendingOf(await begin(client));
  return { script, client, pending: pendingOf(await answer(first, { kind: "totp", value: "012345" }, client)) };
}

describe("a pending login that comes back", () => {
  it("lives for five minutes", async () => {
    const { client, pending } = await waitingForPin();
    expect(pending.expiresAt - pending.createdAt).toBe(300_000);
    client.context.clock.set(pending.expiresAt - 1);
    expect((await answer(pending, { kind: "mpin", value: "482913" }, client)).kind).toBe("session");
  });

  it("does not outlive the day, with which the view pair ends", async () => {
    const client = clientWith({ clock: fakeClock(midnight - 60_000) }, attended);
    expect(pendingOf(await begin(client)).expiresAt).toBe(midnight);
  });

  it.each<[string, (pending: PendingLogin) => unknown, string]>([
    ["of another broker", (pending) => ({ ...pending, broker: "nubra" }), "challenge_expired"],
    ["of another environment", (pending) => ({ ...pending, environment: "sandbox" }), "challenge_expired"],
    ["of another version", (pending) => ({ ...pending, version: 2 }), "challenge_expired"],
    [
      "of another account",
      (pending) => ({ ...pending, state: { ...state(pending), identity: "AB71C" } }),
      "challenge_expired",
    ],
    [
      "of another login host",
      (pending) => ({ ...pending, state: { ...state(pending), identity: "XY42Z https://login.example.com" } }),
      "challenge_expired",
    ],
    [
      "that is too old",
      (pending) => ({ ...pending, createdAt: morning - 300_000, expiresAt: morning }),
      "challenge_expired",
    ],
    ["that was given a longer life", (pending) => ({ ...pending, expiresAt: pending.expiresAt + 1 }), "configuration"],
    ["that waits for something else", (pending) => ({ ...pending, awaits: "otp" }), "configuration"],
    ["that was turned into the other challenge", (pending) => ({ ...pending, awaits: "totp" }), "configuration"],
    [
      "whose view pair was taken out",
      (pending) => ({ ...pending, state: { ...state(pending), token: undefined, sid: undefined } }),
      "configuration",
    ],
    ["whose token is a number", (pending) => ({ ...pending, state: { ...state(pending), token: 1 } }), "configuration"],
    [
      "whose token no header can hold",
      (pending) => ({ ...pending, state: { ...state(pending), token: "a\nb" } }),
      "configuration",
    ],
    [
      "with something added",
      (pending) => ({ ...pending, state: { ...state(pending), mpin: "482913" } }),
      "configuration",
    ],
    ["without a state", (pending) => ({ ...pending, state: null }), "configuration"],
    ["that is a text", () => "pending", "configuration"],
    ["that is nothing", () => null, "configuration"],
  ])("is refused before anything is sent: one %s", async (_, change, code) => {
    const { script, client, pending } = await waitingForPin();
    const changed = change(pending) as PendingLogin;
    const error = await refusalOf(() => answer(changed, { kind: "mpin", value: "482913" }, client));
    expect(error).toMatchObject({ code, broker: "kotak-neo" });
    expect(script.sent).toHaveLength(1);
    expect(client.context.spent).toHaveLength(1);
    expect(JSON.stringify(error)).not.toContain(viewToken);
  });
});
