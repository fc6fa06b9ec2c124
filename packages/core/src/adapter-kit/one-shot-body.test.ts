import { once } from "node:events";
import { type AddressInfo, createServer, type Server, type Socket } from "node:net";
import { describe, expect, it, onTestFinished, vi } from "vitest";
import { oneShotBody } from "./one-shot-body.ts";
import { defaultFetch } from "./sending-fetch.ts";

const json = { method: "POST", headers: { "content-type": "application/json" }, body: '{"pin":"1234"}' };
const anAnswer = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\n{}";

/** A fetch of a user's own. */
const own: typeof fetch = (input, init) => fetch(input, init);

/** A server below HTTP, and all that it has heard. */
async function listen(act: (socket: Socket, heard: string) => void): Promise<{ port: number; heard: () => string }> {
  let heard = "";
  const sockets = new Set<Socket>();
  const server: Server = createServer((socket) => {
    sockets.add(socket.on("error", () => undefined));
    socket.on("data", (data) => act(socket, (heard += data.toString("latin1"))));
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  return { port: (server.address() as AddressInfo).port, heard: () => heard };
}

function failure(work: Promise<unknown>): Promise<unknown> {
  return work.then(
    () => expect.unreachable("it was expected to fail"),
    (error: unknown) => error,
  );
}

/** How often a request arrives at a server that answers each one with 421. */
async function arrivals(init: RequestInit): Promise<number> {
  const { port, heard } = await listen((socket, text) => {
    if (text.endsWith("}")) socket.write("HTTP/1.1 421 Misdirected Request\r\nContent-Length: 0\r\n\r\n");
  });
  expect((await fetch(`http://127.0.0.1:${port}/`, init)).status).toBe(421);
  return heard().split("POST ").length - 1;
}

function headOf(text: string): readonly string[] {
  return text.slice(0, text.indexOf("\r\n\r\n")).split("\r\n").toSorted();
}

describe("a body that leaves once", () => {
  it.each<[string, RequestInit]>([
    ["a text with its type", json],
    ["a text without one", { method: "POST", body: "ünïcödé" }],
    ["a form", { method: "POST", body: new URLSearchParams({ jData: '{"a":"b c"}' }) }],
    ["bytes", { method: "PUT", headers: [["x-a", "1"]], body: new Uint8Array([1, 2, 250, 4]).subarray(1) }],
    ["a buffer", { method: "PATCH", headers: new Headers({ "x-a": "1" }), body: new Uint8Array([1, 2]).buffer }],
  ])("arrives as it would have otherwise: %s", async (_, init) => {
    const arrived: string[] = [];
    for (const form of [init, oneShotBody(init, fetch).init]) {
      const { port, heard } = await listen((socket, text) => {
        const [head = "", body = ""] = text.split("\r\n\r\n");
        if (body.length === Number(/content-length: (\d+)/.exec(head)?.[1])) socket.end(anAnswer);
      });
      expect((await fetch(`http://127.0.0.1:${port}/`, form)).status).toBe(200);
      const [head = "", body = ""] = heard().split("\r\n\r\n");
      arrived.push([...head.replaceAll(String(port), "").split("\r\n").toSorted(), body].join("\n"));
    }
    expect(arrived[1]).toBe(arrived[0]);
    expect(arrived[0]).toMatch(/\ncontent-length: /);
  });

  it("is still here where the connection is cut or the limit ends before TLS stands", async () => {
    for (const act of [(socket: Socket) => void socket.resetAndDestroy(), () => undefined]) {
      const { port, heard } = await listen(act);
      const body = oneShotBody(json, fetch);
      await failure(fetch(`https://127.0.0.1:${port}/`, { ...body.init, signal: AbortSignal.timeout(1_000) }));
      expect(heard()).not.toBe("");
      expect(body.recall()).toBe(true);
    }
  });

  it("has left, for all that is known, once the request has", async () => {
    const { port } = await listen((socket) => void socket.resetAndDestroy());
    const body = oneShotBody(json, defaultFetch);
    await failure(fetch(`http://127.0.0.1:${port}/`, body.init));
    expect(body.recall()).toBe(false);
  });

  it("cannot leave any more when it was taken back", async () => {
    const { port, heard } = await listen((socket) => void socket.end(anAnswer));
    const body = oneShotBody(json, fetch);
    expect(body.recall()).toBe(true);
    await failure(fetch(`http://127.0.0.1:${port}/`, body.init));
    expect(heard()).not.toContain("pin");
    expect(body.recall()).toBe(true);
  });

  it("is not sent again by Node after a 421, as a text is", async () => {
    expect([await arrivals(json), await arrivals(oneShotBody(json, fetch).init)]).toEqual([2, 1]);
  });

  it.each<[string, RequestInit]>([
    ["none", { method: "POST" }],
    ["an empty one", { method: "PUT", body: "" }],
    ["null", { method: "DELETE", body: null }],
  ])(
    "is not sent again by Node after a 421 where it is empty, and arrives as it would have otherwise: %s",
    async (_, init) => {
      const arrived: string[] = [];
      for (const form of [init, oneShotBody(init, fetch).init]) {
        const { port, heard } = await listen((socket, text) => {
          if (text.endsWith("\r\n\r\n")) socket.write("HTTP/1.1 421 Misdirected Request\r\nContent-Length: 0\r\n\r\n");
        });
        expect((await fetch(`http://127.0.0.1:${port}/`, form)).status).toBe(421);
        arrived.push(heard().replaceAll(String(port), ""));
      }
      const [twice = "", single = ""] = arrived;
      expect([twice.split(" / HTTP").length - 1, single.split(" / HTTP").length - 1]).toEqual([2, 1]);
      expect(headOf(single)).toEqual(headOf(twice));
    },
  );

  it("is a Blob for Deno, by whatever fetch, which it neither sends again nor tells anything about", async () => {
    const body = oneShotBody({ method: "POST", body: new URLSearchParams({ a: "b" }) }, own, "Deno/2.9.6");
    expect(body.init.headers).toEqual({ "content-type": "application/x-www-form-urlencoded;charset=UTF-8" });
    expect(body.init.body).toBeInstanceOf(Blob);
    expect(await (body.init.body as Blob).text()).toBe("a=b");
    expect([body.resent, body.recall()]).toEqual([false, false]);
  });

  it.each<[string, RequestInit]>([
    ["none of a read", { method: "GET" }],
    ["a form with files", { method: "POST", body: new FormData() }],
    ["one whose length the caller counts", { method: "POST", headers: { "Content-Length": "1" }, body: "1" }],
  ])("is left as it is where it is not at hand: %s", (_, init) => {
    for (const runtime of ["Node.js/24", "Bun/1.4.5", "Deno/2.9.6", "Cloudflare-Workers"]) {
      const body = oneShotBody(init, fetch, runtime);
      expect([body.init, body.recall()]).toEqual([init, false]);
      expect(body.init).toBe(init);
      expect(body.resent).toBe(runtime === "Deno/2.9.6");
    }
  });

  it("is left as it is for another fetch than the platform's, and on platforms that were not looked at", () => {
    for (const [used, runtime] of [
      [own, "Node.js/24"],
      [own, "Bun/1.4.5"],
      [fetch, "Cloudflare-Workers"],
      [fetch, "Mozilla/5.0 (Node.js/24)"],
      [fetch, "undefined"],
    ] as const) {
      expect(oneShotBody(json, used, runtime).init).toBe(json);
    }
  });

  it.each<RequestInit>([{ keepalive: true }, { mode: "no-cors" }])(
    "is left as it is with an option that no stream goes with, and arrives: %j",
    async (option) => {
      const { port, heard } = await listen((socket) => void socket.end(anAnswer));
      const body = oneShotBody({ ...json, ...option }, fetch);
      expect(body.init.body).toBe(json.body);
      await fetch(`http://127.0.0.1:${port}/`, body.init);
      expect(heard()).toContain("POST / HTTP/1.1");
    },
  );

  it("is left as it is where somebody has put a fetch of his own in the platform's place", () => {
    vi.stubGlobal("fetch", vi.fn());
    onTestFinished(() => void vi.unstubAllGlobals());
    expect(oneShotBody(json, defaultFetch).init).toBe(json);
  });

  it("does not take the caller's bytes away", async () => {
    const bytes = new TextEncoder().encode('{"pin":"1234"}');
    const { port } = await listen((socket) => void socket.end(anAnswer));
    await fetch(`http://127.0.0.1:${port}/`, oneShotBody({ method: "POST", body: bytes }, fetch).init);
    expect(bytes.byteLength).toBe(14);
  });
});
