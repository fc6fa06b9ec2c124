import type { PendingLogin } from "@x/core/adapter";
import { describe, expect, it } from "vitest";
import { packPending, unpackPending } from "./pending.ts";
import { zerodha } from "./provider.ts";
import { account, refusalOf, scripted, startedAt } from "./testing/test-environment.ts";

const state = { awaits: "redirect", state: "7b1c7c2e-0000-4000-8000-000000000001" } as const;

type Change = (pending: PendingLogin) => unknown;

describe("a pending login", () => {
  it("is plain data with our own value and no factor, and comes back from JSON", () => {
    const { client } = scripted();
    const text = JSON.stringify(packPending(state, client));
    expect(text).not.toContain(account.apiSecret);
    expect(unpackPending(JSON.parse(text) as PendingLogin, client)).toEqual(state);
  });

  it("lives for a quarter of an hour", async () => {
    const { client, context } = scripted();
    const pending = packPending(state, client);
    context.clock.set(startedAt + 15 * 60_000 - 1);
    expect(unpackPending(pending, client)).toEqual(state);
    context.clock.advance(1);
    expect((await refusalOf(() => unpackPending(pending, client))).code).toBe("challenge_expired");
  });

  it.each([{ userId: "ZK9020" }, { apiKey: "another0apikey01" }])("of another account is over: %j", async (change) => {
    const { client } = scripted();
    const pending = packPending(state, client);
    const credentials = zerodha().parseCredentials({ ...account, ...change });
    const error = await refusalOf(() => unpackPending(pending, { ...client, credentials }));
    expect(error.code).toBe("challenge_expired");
  });

  it.each<[string, Change]>([
    ["a longer life than it was given", (pending) => ({ ...pending, expiresAt: pending.expiresAt + 1 })],
    ["another challenge", (pending) => ({ ...pending, awaits: "otp" })],
    ["a further field", (pending) => ({ ...pending, state: { ...(pending.state as object), further: 1 } })],
    ["no value of ours", (pending) => ({ ...pending, state: { ...(pending.state as object), state: undefined } })],
    ["nothing", () => undefined],
  ])("with %s cannot be read", async (_, change) => {
    const { client } = scripted();
    const changed = change(packPending(state, client)) as PendingLogin;
    const error = await refusalOf(() => unpackPending(changed, client));
    expect(error).toMatchObject({ code: "configuration", field: "pending" });
  });
});
