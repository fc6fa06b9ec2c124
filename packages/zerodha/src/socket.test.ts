import { inspect } from "node:util";
import { describe, expect, it } from "vitest";
import { openSocket } from "./socket.ts";
import { accessToken, account, refusalOf, scripted, sessionOf } from "./testing/test-environment.ts";

describe("the socket", () => {
  it.each(["market", "orders"])(
    "for %s is the one there is, with key and token in its query and nothing else",
    (purpose) => {
      const { client, context, sent } = scripted();
      const plan = openSocket(sessionOf(context), purpose, client);
      expect(plan).toMatchObject({ url: "wss://ws.kite.trade/", headers: {}, frames: [] });
      const query = Object.entries(plan.query ?? {}).map(([name, value]) => [name, value.reveal()]);
      expect(query).toStrictEqual([
        ["api_key", account.apiKey],
        ["access_token", accessToken],
      ]);
      expect(plan.classify('{"type":"error"}')).toBe("other");
      expect(sent).toStrictEqual([]);
    },
  );

  it("shows neither by printing, its address included", () => {
    const { client, context } = scripted();
    const shown = inspect(openSocket(sessionOf(context), "market", client), { depth: 9, showHidden: true });
    for (const secret of [accessToken, account.apiKey]) expect(shown).not.toContain(secret);
  });

  it("has no other purposes", async () => {
    const { client, context } = scripted();
    const error = await refusalOf(() => openSocket(sessionOf(context), "ticks", client));
    expect(error).toMatchObject({ code: "configuration", field: "purpose" });
  });
});
