import { once } from "node:events";
import { connect } from "node:net";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { createSandboxClock } from "./clock.ts";
import type { Fault } from "./fault.ts";
import { type Journal, createJournal } from "./journal.ts";
import { type Listener, type ReceivedRequest, startListener } from "./listener.ts";
import type { Reply } from "./reply.ts";

const clock = createSandboxClock({ now: () => Date.parse("2031-03-03T04:00:00Z") });
let journal: Journal;
let listener: Listener;
let handle: (request: ReceivedRequest) => Reply;

beforeEach(async () => {
  journal = createJournal();
  handle = () => ({ status: 200, body: { message: "a reply that is long enough to be cut" } });
  listener = await startListener({
    broker: "test",
    name: "api",
    now: clock.now,
    journal,
    handle: (request) => handle(request),
  });
});
afterEach(() => listener.close());

function faulty(fault: Fault): void {
  handle = (request) => {
    request.entry.tell({ outcome: "accepted" });
    return { status: 201, body: { message: "a reply that is long enough to be cut" }, fault };
  };
}

test("hands the request over as it arrived and journals it", async () => {
  let seen: ReceivedRequest | undefined;
  handle = (request) => {
    seen = request;
    request.entry.tell({ outcome: "accepted" });
    return { status: 200, body: { fine: true } };
  };
  const response = await fetch(`${listener.url}/some/path?a=1`, {
    method: "POST",
    headers: { "X-Device-Id": "D" },
    body: '{"pin":"1357"}',
  });
  expect(await response.json()).toEqual({ fine: true });
  expect(seen).toMatchObject({ method: "POST", path: "/some/path", json: { pin: "1357" }, remoteAddress: "127.0.0.1" });
  expect(seen?.query.get("a")).toBe("1");
  expect(journal.entries()).toMatchObject([
    {
      broker: "test",
      listener: "api",
      method: "POST",
      path: "/some/path",
      query: "a=1",
      body: { pin: "1357" },
      outcome: "accepted",
      status: 200,
    },
  ]);
  expect(journal.entries()[0]?.headers["x-device-id"]).toBe("D");
});

test("sends the date of the sandbox clock", async () => {
  const response = await fetch(listener.url);
  expect(response.headers.get("date")).toBe("Mon, 03 Mar 2031 04:00:00 GMT");
});

test("journals a text as it is where the body is no JSON", async () => {
  await fetch(listener.url, { method: "POST", body: "pin=1357" });
  expect(journal.entries()).toMatchObject([{ body: "pin=1357" }]);
});

test("answers 413 to a body over the cap, without asking the broker", async () => {
  let asked = 0;
  handle = () => {
    asked += 1;
    return { status: 200 };
  };
  const response = await fetch(listener.url, { method: "POST", body: "x".repeat(1024 * 1024 + 1) });
  expect(response.status).toBe(413);
  expect(asked).toBe(0);
  expect(journal.entries()).toMatchObject([{ outcome: "refused: body-too-large", status: 413 }]);
});

test("says loudly when the sandbox itself is at fault", async () => {
  handle = () => {
    throw new Error("a mistake of ours");
  };
  const response = await fetch(listener.url);
  expect([response.status, await response.text()]).toEqual([500, "sandbox error: a mistake of ours"]);
  expect(journal.entries()).toMatchObject([{ outcome: "sandbox error: a mistake of ours" }]);
});

describe("journals also", () => {
  test("what cannot be parsed, once", async () => {
    const socket = connect(listener.port, "127.0.0.1");
    socket.end("this is not HTTP\r\n\r\n");
    const [answer] = (await once(socket, "data")) as [Buffer];
    expect(answer.toString()).toContain("HTTP/1.1 400 Bad Request");
    expect(answer.toString()).toContain("Date: Mon, 03 Mar 2031 04:00:00 GMT");
    expect(journal.entries()).toMatchObject([
      { method: "", outcome: expect.stringMatching(/^unparsable: HPE_/) as string, body: "this is not HTTP\r\n\r\n" },
    ]);
  });

  test("a body that breaks off, once", async () => {
    const socket = connect(listener.port, "127.0.0.1");
    socket.write('POST /verifypin HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\n{"pin":"13');
    await once(socket, "connect");
    socket.end();
    const [entry] = await journal.until({ outcome: "cut" });
    expect(entry).toMatchObject({ path: "/verifypin", body: '{"pin":"13', status: undefined });
    await once(socket.resume(), "close");
    expect(journal.count()).toBe(1);
  });

  test("a client that does not wait for the answer", async () => {
    faulty({ kind: "hang" });
    const given = new AbortController();
    const gone = fetch(listener.url, { signal: given.signal });
    await journal.until({ outcome: "accepted" });
    given.abort();
    await expect(gone).rejects.toThrow("aborted");
    expect(await journal.until({ note: "the client left before the answer was complete" })).toHaveLength(1);
  });

  test("nothing for an idle connection that ends", async () => {
    const socket = connect(listener.port, "127.0.0.1");
    await once(socket, "connect");
    socket.end();
    await once(socket.resume(), "close");
    expect(journal.count()).toBe(0);
  });
});

describe("plays", () => {
  test("a delay, then the reply", async () => {
    faulty({ kind: "delay", ms: 5 });
    const response = await fetch(listener.url);
    expect(response.status).toBe(201);
    expect(journal.entries()).toMatchObject([{ status: 201 }]);
  });

  test("a reset: the client sees no status, the journal holds the effect", async () => {
    faulty({ kind: "reset" });
    await expect(fetch(listener.url)).rejects.toThrow("fetch failed");
    expect(journal.entries()).toMatchObject([{ outcome: "accepted", status: undefined, notes: [] }]);
  });

  test("an HTML page with any status", async () => {
    faulty({ kind: "html", status: 401 });
    const response = await fetch(listener.url);
    expect([response.status, response.headers.get("content-type")]).toEqual([401, "text/html; charset=utf-8"]);
    expect(await response.text()).toMatch(/^<!DOCTYPE html>/);
  });

  test("a huge body of the announced length", async () => {
    faulty({ kind: "huge-body", bytes: 300_000 });
    const response = await fetch(listener.url);
    const text = await response.text();
    expect(text).toHaveLength(300_000);
    expect(JSON.parse(text)).toHaveProperty("data");
  });

  test("a huge body that stops when the client has had enough", async () => {
    faulty({ kind: "huge-body" });
    const response = await fetch(listener.url);
    await response.body?.cancel();
    expect(response.headers.get("content-length")).toBe(String(32 * 1024 * 1024));
  });

  test("a gzip body of at most a few hundred kilobytes that inflates to more than 100 MB", async () => {
    faulty({ kind: "gzip-bomb" });
    const response = await fetch(listener.url);
    expect(response.headers.get("content-encoding")).toBe("gzip");
    expect(Number(response.headers.get("content-length"))).toBeLessThan(300_000);
    let inflated = 0;
    for await (const chunk of response.body ?? []) inflated += chunk.length;
    expect(inflated).toBeGreaterThan(100_000_000);
  });

  test("half a JSON text in a complete answer", async () => {
    faulty({ kind: "truncated-json" });
    const response = await fetch(listener.url);
    const text = await response.text();
    expect(text).toMatch(/^\{"message":"a reply/);
    expect(() => JSON.parse(text) as unknown).toThrow(SyntaxError);
  });

  test("half a JSON text and then a broken connection", async () => {
    faulty({ kind: "truncated-json", cut: true });
    const response = await fetch(listener.url);
    expect(response.status).toBe(201);
    await expect(response.text()).rejects.toThrow("terminated");
  });

  test.each([301, 302, 307, 308])("a redirect with status %d", async (status) => {
    faulty({ kind: "redirect", status, location: "http://127.0.0.1:9/there" });
    const response = await fetch(listener.url, { redirect: "manual" });
    expect([response.status, response.headers.get("location")]).toEqual([status, "http://127.0.0.1:9/there"]);
  });

  test("slow bytes: the headers at once, the body piece by piece", async () => {
    faulty({ kind: "slow-bytes", everyMs: 1 });
    const response = await fetch(listener.url);
    expect(await response.json()).toEqual({ message: "a reply that is long enough to be cut" });
  });
});

test("closes while requests hang, and frees its port", async () => {
  faulty({ kind: "hang" });
  const hanging = fetch(listener.url);
  await journal.until({ outcome: "accepted" });
  await listener.close();
  await expect(hanging).rejects.toThrow("fetch failed");
  const again = await startListener({
    broker: "test",
    name: "api",
    port: listener.port,
    now: clock.now,
    journal,
    handle: () => ({ status: 200 }),
  });
  expect(again.port).toBe(listener.port);
  await again.close();
});

test("names a port that is in use and what to do", async () => {
  const second = startListener({
    broker: "nubra",
    name: "api",
    port: listener.port,
    now: clock.now,
    journal,
    handle: () => ({ status: 200 }),
  });
  await expect(second).rejects.toMatchObject({
    name: "SandboxError",
    code: "port_in_use",
    message: `Port ${listener.port} on 127.0.0.1 is in use, so the nubra api listener cannot start; stop what listens there, or choose another port (0 picks a free one).`,
  });
});

test.each([-1, 1.5, 70_000])("refuses %d as a port", async (port) => {
  await expect(
    startListener({ broker: "nubra", name: "api", port, now: clock.now, journal, handle: () => ({ status: 200 }) }),
  ).rejects.toMatchObject({
    code: "bad_option",
  });
});
