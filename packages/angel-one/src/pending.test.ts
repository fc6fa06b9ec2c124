import type { PendingLogin } from "@x/core/adapter";
import { describe, expect, it } from "vitest";
import { packPending, unpackPending } from "./pending.ts";
import { angelOne } from "./provider.ts";
import { startedAt } from "./testing/answers.ts";
import { account, attended, refusalOf, scripted } from "./testing/scripted-broker.ts";

const state = { awaits: "totp" } as const;

describe("a pending login", () => {
  it("is plain data without any factor, and comes back from JSON", () => {
    const { client } = scripted([]);
    const text = JSON.stringify(packPending(state, client));
    for (const secret of [account.pin, account.totpSecret]) expect(text).not.toContain(secret);
    expect(unpackPending(JSON.parse(text) as PendingLogin, client)).toEqual(state);
  });

  it("lives for a quarter of an hour", async () => {
    const { client, context } = scripted([]);
    const pending = packPending(state, client);
    context.clock.set(startedAt + 15 * 60_000 - 1);
    expect(unpackPending(pending, client)).toEqual(state);
    context.clock.advance(1);
    expect((await refusalOf(() => unpackPending(pending, client))).code).toBe("challenge_expired");
  });

  it.each([{ clientCode: "T100008" }, { apiKey: "aB3demo8" }])("of another account is over: %j", async (change) => {
    const { client } = scripted([]);
    const credentials = angelOne().parseCredentials({ ...attended, ...change });
    const error = await refusalOf(() => unpackPending(packPending(state, client), { ...client, credentials }));
    expect(error.code).toBe("challenge_expired");
  });

  it.each<[string, (pending: PendingLogin) => unknown]>([
    ["a longer life than it was given", (pending) => ({ ...pending, expiresAt: pending.expiresAt + 1 })],
    ["another challenge", (pending) => ({ ...pending, state: { awaits: "mpin" } })],
    ["a further field", (pending) => ({ ...pending, state: { ...state, further: 1 } })],
    ["nothing", () => undefined],
  ])("with %s cannot be read", async (_, change) => {
    const { client } = scripted([]);
    const changed = change(packPending(state, client)) as PendingLogin;
    const error = await refusalOf(() => unpackPending(changed, client));
    expect(error).toMatchObject({ code: "configuration", field: "pending" });
  });
});
