import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { describe, expect, it, onTestFinished } from "vitest";
import { openTestEnvironment } from "@x/test-environment";

/** A network in which the next answer to a path comes from elsewhere, byte for byte, and everything else from the sandbox. */
async function network() {
  const next = new Map<string, string>();
  const server = createServer((request) => request.resume());
  server.on("request", ({ url = "", socket }) => {
    socket.end(Buffer.from(next.get(url) ?? ""));
    next.delete(url);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const routed: typeof fetch = (input, init) => {
    const { pathname } = new URL(input instanceof Request ? input.url : input);
    return fetch(next.has(pathname) ? origin + pathname : input, init);
  };
  return {
    fetch: routed,
    answer(path: string, statusLine: string, body: string, type = "application/json") {
      const length = Buffer.byteLength(body);
      next.set(path, `HTTP/1.1 ${statusLine}\r\ncontent-type: ${type}\r\ncontent-length: ${length}\r\n\r\n${body}`);
    },
  };
}

describe("an answer that was there is handed on as it came", () => {
  const order = { method: "POST", body: "{}" };

  it.each([
    ["hedge", "/quick/order/rule/ms/place", order, "200 \u0920\u0940\u0915"],
    ["hedge", "/quick/user/orders", {}, "200 \u0920\u0940\u0915"],
    ["hedge", "/quick/order/rule/ms/place", order, "999 Denied"],
    ["main", "/orders/v2/single", order, "400 \u0917\u0932\u0924"],
    ["main", "/orders/v2/single", order, "999 Denied"],
  ] as const)("%s %s %j: %s", async (account, path, init, statusLine) => {
    await using test = await openTestEnvironment();
    const odd = await network();
    await using auth = test.engine({ fetch: odd.fetch });
    await auth.session(account);
    odd.answer(path, statusLine, '{"stat":"Ok","nOrdNo":"1"}');
    const answer = await auth.fetch(account, path, init);
    expect([answer.status, await answer.text()]).toEqual([
      Number(statusLine.slice(0, 3)),
      '{"stat":"Ok","nOrdNo":"1"}',
    ]);
  });
});

describe("a dead session is known by what the body says, and not by what a gateway calls it", () => {
  const dead = JSON.stringify({ stat: "Not_Ok", emsg: "Invalid session", stCode: 100022 });
  const gone = JSON.stringify({ fault: { code: 900901, message: "Invalid Credentials" } });

  it.each([
    ["200 OK", "application/json", dead],
    ["200 OK", "text/html; charset=utf-8", dead],
    ["200 OK", "application/octet-stream", dead],
    ["200 OK", "text/javascript", dead],
    ["401 Unauthorized", "text/html", gone],
  ])("%s, %s", async (statusLine, type, body) => {
    await using test = await openTestEnvironment();
    const odd = await network();
    await using auth = test.engine({ fetch: odd.fetch });
    await auth.session("hedge");
    odd.answer("/quick/user/orders", statusLine, body, type);
    expect(await (await auth.fetch("hedge", "/quick/user/orders")).json()).toMatchObject({ stat: "Ok" });
    expect(test.minted("hedge")).toBe(2);
  });
});
