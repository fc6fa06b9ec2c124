import { describe, expect, it } from "vitest";
import { neverLeft } from "../adapter-kit/unsent-failure.ts";
import { scriptedFetch } from "./scripted-fetch.ts";

const url = "https://api.toy.example/totp/login?x=1";

describe("a scripted fetch", () => {
  it("plays its answers in order", async () => {
    const { fetch } = scriptedFetch({ json: { a: 1 } }, { status: 404, text: "<html>" }, { status: 204 });
    const answers = [];
    for (let time = 0; time < 3; time++) {
      const response = await fetch(url);
      answers.push([response.status, response.headers.get("content-type"), await response.text()]);
    }
    expect(answers).toEqual([
      [200, "application/json", '{"a":1}'],
      [404, "text/html", "<html>"],
      [204, "text/html", ""],
    ]);
  });

  it("answers with the given headers, and with JSON that is null", async () => {
    const { fetch } = scriptedFetch({ json: null, headers: { "content-type": "text/json", "retry-after": "7" } });
    const response = await fetch(url);
    expect([...response.headers]).toEqual([
      ["content-type", "text/json"],
      ["retry-after", "7"],
    ]);
    expect(await response.json()).toBeNull();
  });

  it("keeps what was sent, however it was said", async () => {
    const { fetch, sent } = scriptedFetch({}, {}, {});
    await fetch(url, { method: "POST", headers: { "X-Device-Id": "d" }, body: '{"a":1}' });
    await fetch(new Request(url, { method: "POST", body: new URLSearchParams({ b: "2 3" }) }), {
      headers: { "x-a": "1" },
    });
    await fetch(new URL(url));
    expect(sent).toEqual([
      {
        method: "POST",
        url,
        path: "/totp/login",
        headers: { "content-type": "text/plain;charset=UTF-8", "x-device-id": "d" },
        body: '{"a":1}',
      },
      { method: "POST", url, path: "/totp/login", headers: { "x-a": "1" }, body: "b=2+3" },
      { method: "GET", url, path: "/totp/login", headers: {}, body: "" },
    ]);
  });

  it("lets an answer depend on its request", async () => {
    const { fetch } = scriptedFetch(({ body }) => ({ json: { echo: body } }));
    expect(await (await fetch(url, { method: "POST", body: "hello" })).json()).toEqual({ echo: "hello" });
  });

  it("breaks as a real fetch does", async () => {
    const { fetch, sent } = scriptedFetch({ fail: "ECONNREFUSED" }, { fail: "ECONNRESET" });
    const refused: unknown = await fetch(url).catch((error: unknown) => error);
    expect(refused).toBeInstanceOf(TypeError);
    expect(refused).toMatchObject({ message: "fetch failed", cause: { code: "ECONNREFUSED" } });
    expect(refused).toMatchObject({ cause: { syscall: "connect" } });
    expect(neverLeft(refused)).toBe(true);
    const reset: unknown = await fetch(url).catch((error: unknown) => error);
    expect(neverLeft(reset)).toBe(false);
    expect(sent).toHaveLength(2);
  });

  it("rejects with a signal that has fired, and notes nothing", async () => {
    const { fetch, sent } = scriptedFetch({ json: {} });
    const reason = new Error("enough");
    await expect(fetch(url, { signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
    await expect(fetch(new Request(url, { signal: AbortSignal.abort(reason) }))).rejects.toBe(reason);
    expect(sent).toEqual([]);
    expect((await fetch(url)).status).toBe(200);
  });

  it("rejects what the script does not have, and notes it all the same", async () => {
    const { fetch, sent } = scriptedFetch();
    await expect(fetch(url)).rejects.toThrow("no answer for request 1: GET /totp/login");
    expect(sent).toHaveLength(1);
  });
});
