import { type ScriptedAnswer, scriptedFetch } from "@x/core/testing";
import { describe, expect, it } from "vitest";
import { serverTime } from "./server-time.ts";
import { clientWith } from "./testing/scripted-broker.ts";

const at = Date.UTC(2031, 2, 3, 3, 30, 7);
const date = new Date(at).toUTCString();
const measure = (answer: ScriptedAnswer): Promise<number> =>
  serverTime(clientWith({ fetch: scriptedFetch(answer).fetch }));

describe("the broker's clock", () => {
  it.each([200, 400, 401, 404, 503])(
    "is read from the Date header under HTTP %i, with half a second for the cut",
    async (status) => {
      expect(await measure({ status, headers: { date } })).toBe(at + 500);
    },
  );

  it("is asked for without any credential, and spends no attempt", async () => {
    const script = scriptedFetch({ status: 401, headers: { date } });
    const client = clientWith({ fetch: script.fetch });
    await serverTime(client);
    expect(script.sent).toStrictEqual([
      {
        method: "GET",
        url: "https://mis.kotaksecurities.com/login/1.0/get-client-ip",
        path: "/login/1.0/get-client-ip",
        headers: {},
        body: "",
      },
    ]);
    expect(client.context.spent).toStrictEqual([]);
  });

  it.each<[string, ScriptedAnswer, string]>([
    ["no date", {}, "protocol_error"],
    ["no readable date", { headers: { date: "yesterday" } }, "protocol_error"],
    ["a redirect", { status: 302, headers: { date, location: "https://elsewhere.example.com/" } }, "protocol_error"],
    ["no connection", { fail: "ECONNREFUSED" }, "broker_unavailable"],
  ])("is an error with %s", async (_, answer, code) => {
    await expect(measure(answer)).rejects.toMatchObject({ code, step: "get-client-ip" });
  });
});
