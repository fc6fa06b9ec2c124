import { createServer, type RequestListener, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { gzipSync } from "node:zlib";
import { describe, expect, it, onTestFinished } from "vitest";
import { readVerdictBody } from "./verdict-body.ts";

const limit = 65_536;
// The shape S4 in which Kotak Neo refuses after login, with HTTP 200 (kotak-neo.md section 8).
const dead = { stat: "Not_Ok", emsg: "Invalid session", stCode: 401 };

async function fetched(listener: RequestListener): Promise<Response> {
  const server = createServer(listener);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return fetch(`http://127.0.0.1:${(server.address() as AddressInfo).port}/quick/user/limits`);
}

function answer(
  body: string | ReadableStream<Uint8Array> | null,
  headers: Record<string, string> = { "content-type": "application/json" },
): Response {
  return new Response(body, { headers });
}

/** A body in pieces, and what became of it. */
function pieces(...chunks: readonly string[]): {
  stream: ReadableStream<Uint8Array>;
  pulled: () => number;
  cancelled: () => unknown;
} {
  let next = 0;
  let reason: unknown = "not cancelled";
  const stream = new ReadableStream<Uint8Array>(
    {
      pull(controller) {
        const chunk = chunks[next];
        next += 1;
        if (chunk === undefined) controller.close();
        else controller.enqueue(new TextEncoder().encode(chunk));
      },
      cancel(given) {
        reason = given;
      },
    },
    { highWaterMark: 0 },
  );
  return { stream, pulled: () => next, cancelled: () => reason };
}

describe("a small JSON body", () => {
  it("is seen, and is still there to be read", async () => {
    const [response, json] = await readVerdictBody(answer(JSON.stringify(dead)));
    expect(json).toEqual(dead);
    expect(response.bodyUsed).toBe(false);
    expect(await response.json()).toEqual(dead);
  });

  it("leaves the rest of a real answer as it was: status, headers, cookies and address", async () => {
    const original = await fetched((_, response) => {
      response.writeHead(401, "Not You", {
        "content-type": "application/json; charset=utf-8",
        "set-cookie": ["a=1; Path=/", "b=2; Path=/"],
        "x-request-id": "42",
        "content-encoding": "gzip",
      });
      response.end(gzipSync(JSON.stringify(dead)));
    });
    const [response, json] = await readVerdictBody(original);
    expect(json).toEqual(dead);
    expect({ status: response.status, statusText: response.statusText, ok: response.ok }).toEqual({
      status: 401,
      statusText: "Not You",
      ok: false,
    });
    expect([...response.headers]).toEqual([...original.headers]);
    expect(response.headers.getSetCookie()).toEqual(["a=1; Path=/", "b=2; Path=/"]);
    expect(response.url).toBe(original.url);
    expect(response.url).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/quick\/user\/limits$/);
    expect(await response.text()).toBe(JSON.stringify(dead));
  });

  it.each([
    "application/json",
    "application/problem+json",
    "text/plain",
    "text/html; charset=utf-8",
    "text/javascript",
    "application/octet-stream",
    undefined,
  ])("is known by how it begins, and not by what it is called: %s", async (type) => {
    for (const before of ["", " \r\n\t", "\uFEFF"]) {
      const labelled = answer(before + JSON.stringify(dead), type === undefined ? {} : { "content-type": type });
      expect((await readVerdictBody(labelled))[1]).toEqual(dead);
    }
  });

  it("is put together from any pieces, also from inside a character", async () => {
    const bytes = new TextEncoder().encode('{"name":"ñ漢🙂"}');
    const stream = new ReadableStream<Uint8Array>({
      start(controller) {
        for (const byte of bytes) controller.enqueue(new Uint8Array([byte]));
        controller.close();
      },
    });
    const [response, json] = await readVerdictBody(answer(stream));
    expect(json).toEqual({ name: "ñ漢🙂" });
    expect(new Uint8Array(await response.arrayBuffer())).toEqual(bytes);
  });

  it("keeps its bytes where it is no JSON after all", async () => {
    for (const text of ["<html>", '{"stat":', ""]) {
      const [response, json] = await readVerdictBody(answer(text));
      expect(json).toBeUndefined();
      expect(await response.text()).toBe(text);
    }
  });

  it("cannot bring a prototype with it", async () => {
    const [, json] = await readVerdictBody(answer('{"__proto__":{"stat":"Not_Ok"}}'));
    expect((json as Record<string, unknown>)["stat"]).toBeUndefined();
    expect(Object.hasOwn(Object.prototype, "stat")).toBe(false);
  });
});

describe("any other body", () => {
  it("passes untouched and unread where its length is beyond the limit", async () => {
    const { stream, pulled } = pieces("{}");
    const original = answer(stream, { "content-length": String(limit + 1) });
    const [response, json] = await readVerdictBody(original);
    expect(response).toBe(original);
    expect(json).toBeUndefined();
    expect(pulled()).toBe(0);
    expect(await response.text()).toBe("{}");
  });

  it.each(["<html>{}", '[{"stat":"Not_Ok"}]', '"text"', "12", "data: {}", "symbol,quantity", "ﻌ", "\u0001\u0002"])(
    "is handed on at its first byte, whole: %j",
    async (text) => {
      const { stream, pulled } = pieces(text, "the rest");
      const [response, json] = await readVerdictBody(answer(stream));
      expect(json).toBeUndefined();
      expect(pulled()).toBeLessThan(3);
      expect(await response.text()).toBe(`${text}the rest`);
    },
  );

  it("passes where there is none", async () => {
    const original = new Response(null, { status: 204, headers: { "content-type": "application/json" } });
    expect(await readVerdictBody(original)).toEqual([original, undefined]);
  });
});

/** An answer of a real server that writes only when it is told to. */
async function written(first: string, headers: Record<string, string> = {}) {
  const under = Promise.withResolvers<ServerResponse>();
  const response = await fetched((_, answering) => {
    answering.writeHead(200, headers);
    answering.write(first);
    under.resolve(answering);
  });
  return { response, server: await under.promise };
}

describe("a body that comes slowly", () => {
  it("is handed on with its first byte where it is no object, and goes on as it comes", async () => {
    const { response: original, server } = await written("data: 1\n\n", { "content-type": "text/event-stream" });
    const [response, json] = await readVerdictBody(original);
    expect(json).toBeUndefined();
    const reader = response.body!.pipeThrough(new TextDecoderStream()).getReader();
    expect((await reader.read()).value).toBe("data: 1\n\n");
    server.write("data: 2\n\n");
    expect((await reader.read()).value).toBe("data: 2\n\n");
    server.end();
    expect((await reader.read()).done).toBe(true);
  });

  it.each([["{"], [" "]])("is handed on after a quarter of a second where it may be one: %j", async (first) => {
    const { response: original, server } = await written(first, { "content-length": "40" });
    const started = performance.now();
    const [response, json] = await readVerdictBody(original);
    const tookMs = performance.now() - started;
    expect(json).toBeUndefined();
    expect(tookMs).toBeGreaterThan(200);
    expect(tookMs).toBeLessThan(2_000);
    server.end("x".repeat(39));
    expect(await response.text()).toBe(first + "x".repeat(39));
  });

  it("is seen where its pieces come in time", async () => {
    const { response: original, server } = await written('{"stat":');
    const reading = readVerdictBody(original);
    server.end('"Not_Ok"}');
    expect((await reading)[1]).toEqual({ stat: "Not_Ok" });
  });

  it("breaks for its reader and not before, where it breaks after it was handed on", async () => {
    const { response: original, server } = await written("{");
    const [response] = await readVerdictBody(original);
    server.destroy();
    await expect(response.text()).rejects.toThrow("terminated");
  });
});

describe("an answer that the platform's constructor would refuse", () => {
  it.each([
    ["200 \u0920\u0940\u0915", 200, true],
    ["400 \u0917\u0932\u0924", 400, false],
    ["999 Denied", 999, false],
    ["600 ", 600, false],
  ])("is handed on as it came, also in its clones: %s", async (line, status, ok) => {
    const original = await fetched((request) => {
      const head = `HTTP/1.1 ${line}\r\ncontent-type: application/json\r\nx-request-id: 42\r\n`;
      request.socket.end(Buffer.from(`${head}content-length: 12\r\n\r\n{"nOrd":"1"}`));
    });
    const { statusText, url } = original;
    const [response, json] = await readVerdictBody(original);
    expect(json).toEqual({ nOrd: "1" });
    for (const seen of [response.clone().clone(), response]) {
      expect(seen).toBeInstanceOf(Response);
      expect(seen).toMatchObject({ status, ok, statusText, url, type: original.type });
      expect(seen.headers.get("x-request-id")).toBe("42");
      expect(await seen.json()).toEqual({ nOrd: "1" });
    }
  });
});

function filled(length: number): string {
  return JSON.stringify({ x: "x".repeat(length - 8) });
}

describe("a long JSON body", () => {
  it("is seen up to 64 KiB and passes whole beyond", async () => {
    for (const [length, seen] of [
      [limit - 1, true],
      [limit, true],
      [limit + 1, false],
      [limit * 3, false],
    ] as const) {
      const text = filled(length);
      const [response, json] = await readVerdictBody(answer(text));
      expect(json !== undefined, `${length} bytes`).toBe(seen);
      expect(await response.text()).toBe(text);
    }
  });

  it("is seen at a declared length of exactly 64 KiB", async () => {
    const headers = { "content-type": "application/json", "content-length": String(limit) };
    expect((await readVerdictBody(answer(filled(limit), headers)))[1]).toEqual({ x: "x".repeat(limit - 8) });
  });

  it("is read no further than the limit, and goes on from there as the caller reads", async () => {
    const chunk = "{".repeat(20_000);
    const { stream, pulled } = pieces(...Array.from({ length: 50 }, () => chunk));
    const [response, json] = await readVerdictBody(answer(stream));
    expect(json).toBeUndefined();
    expect(pulled()).toBeLessThanOrEqual(6);
    expect(await response.text()).toBe(chunk.repeat(50));
  });

  it("is cancelled at its source where the caller wants no more", async () => {
    const { stream, cancelled } = pieces(...Array.from({ length: 50 }, () => "{".repeat(20_000)));
    const [response] = await readVerdictBody(answer(stream));
    await response.body?.cancel("enough");
    expect(cancelled()).toBe("enough");
  });

  it("breaks for the caller where it breaks at its source", async () => {
    let sent = 0;
    const stream = new ReadableStream<Uint8Array>({
      pull(controller) {
        sent += 1;
        if (sent > 5) controller.error(new Error("cut off"));
        else controller.enqueue(new Uint8Array(20_000).fill(0x7b));
      },
    });
    const [response] = await readVerdictBody(answer(stream));
    await expect(response.text()).rejects.toThrow("cut off");
  });
});
