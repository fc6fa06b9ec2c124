import { scriptedFetch, testContext } from "@x/core/testing";
import { describe, expect, it } from "vitest";
import { openTestEnvironment, refusalOf } from "./testing/test-environment.ts";
import { isRead, classify } from "./verdict.ts";

function verdict(status: number, json?: unknown): string {
  const { kind, ...facts } = classify({ method: "GET", path: "/", status, json, header: () => undefined }, 0);
  return "refusal" in facts ? `${kind}: ${facts.refusal.code}` : kind;
}

describe("the verdict", () => {
  it("is death for one word only, and only where the status says it too", () => {
    expect(verdict(403, { error_type: "TokenException" })).toBe("dead");
    expect(verdict(200, { error_type: "TokenException" })).toBe("alive");
    expect(verdict(403, { error_type: "PermissionException" })).toBe("refused: permission_denied");
    expect(verdict(403)).toBe("suspect");
    expect(verdict(401)).toBe("alive");
    expect(verdict(429)).toBe("refused: rate_limited");
    expect(verdict(503, { error_type: "TokenException" })).toBe("refused: broker_unavailable");
  });

  it("takes nothing for a read but what is on the list, spelt as there", () => {
    for (const method of ["GET", "get", "HEAD"]) {
      expect(isRead({ method, path: "/user/profile" })).toBe(true);
      expect(isRead({ method, path: "/portfolio/holdings?day=today" })).toBe(true);
      for (const path of ["/orders", "/", "//user/profile", "/user/profile/", "/User/Profile", "/user/profil%65"])
        expect(isRead({ method, path })).toBe(false);
      expect(isRead({ method, path: "/user/profile/../../session/token" })).toBe(false);
    }
    for (const method of ["POST", "PUT", "DELETE"]) expect(isRead({ method, path: "/user/profile" })).toBe(false);
  });

  it("of a probe is `unknown` where nothing is proven", async () => {
    await using test = await openTestEnvironment();
    const session = await test.logIn();
    for (const answer of [{ status: 503 }, { json: {} }, { status: 403, json: { error_type: "Other" } }]) {
      const context = testContext({ fetch: scriptedFetch(answer).fetch });
      expect(await test.provider.probe?.(session, test.credentials, context)).toBe("unknown");
    }
  });
});

describe("a logout", () => {
  it("is a DELETE with the session's header, and a success for a session that is over already", async () => {
    await using test = await openTestEnvironment();
    const session = await test.logIn();
    for (let call = 0; call < 2; call++) await test.provider.revoke?.(session, test.credentials, test.context);
    expect(test.sandbox.journal.lines().slice(1)).toStrictEqual([
      "DELETE /session/token accepted",
      "DELETE /session/token refused: dead-session",
    ]);
  });

  it.each([
    [503, "broker_unavailable"],
    [404, "protocol_error"],
  ])("that is answered %i is %s", async (status, code) => {
    await using test = await openTestEnvironment();
    const session = await test.logIn();
    const context = testContext({ fetch: scriptedFetch({ status }).fetch });
    expect((await refusalOf(() => test.provider.revoke?.(session, test.credentials, context))).code).toBe(code);
  });
});
