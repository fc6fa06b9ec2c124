import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { describe, expect, it } from "vitest";
import { openTestEnvironment } from "@x/test-environment";

type Headers = Readonly<Record<string, string>>;

/** What a cache between here and the broker makes of the headers of an answer that it has kept for two minutes. */
const caches: Readonly<Record<string, (date: string, now: string) => Headers>> = {
  "says its age": (date) => ({ date, age: "120" }),
  "gives it a new date": (_, now) => ({ date: now, age: "120" }),
  "says only that it had it": (date) => ({ date, "x-cache": "HIT" }),
  "says only its name": (date) => ({ date, via: "1.1 cache.example.com", "cache-control": "public, max-age=600" }),
};

/** A shared cache in front of a broker: what is only read, such as its clock, it answers from memory. */
async function cacheBefore(target: string, kept: () => Headers) {
  const server = createServer((request, response) => void relay(request, response).catch(() => response.destroy()));
  await new Promise<void>((listening) => void server.listen(0, "127.0.0.1", listening));
  const { port } = server.address() as AddressInfo;
  return { url: `http://127.0.0.1:${port}`, [Symbol.asyncDispose]: async () => void server.close() };

  async function relay(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const parts: Buffer[] = [];
    for await (const part of request) parts.push(part as Buffer);
    const own = ["host", "connection", "content-length", "transfer-encoding"];
    const entries = Object.entries(request.headers).filter(([name]) => !own.includes(name));
    const answer = await fetch(target + request.url, {
      method: request.method ?? "GET",
      headers: Object.fromEntries(entries) as Record<string, string>,
      ...(parts.length === 0 ? {} : { body: new Uint8Array(Buffer.concat(parts)) }),
    });
    const headers = [...answer.headers].filter(([name]) => !own.includes(name));
    response.sendDate = false;
    response.writeHead(answer.status, { ...Object.fromEntries(headers), ...(request.method === "GET" ? kept() : {}) });
    response.end(new Uint8Array(await answer.arrayBuffer()));
  }
}

describe.each(Object.entries(caches))("a clock call that a cache has kept for two minutes, and %s", (_, kept) => {
  it.each(["main", "hedge"] as const)(
    "moves no clock that is right: one code is sent, and taken (%s)",
    async (name) => {
      await using test = await openTestEnvironment();
      const { sandbox, clock } = test;
      const [target, step] = name === "main" ? [sandbox.nubra.url, "totp-login"] : [sandbox.kotakNeo.loginUrl, "login"];
      const text = (secondsAgo: number): string => new Date(clock.now() - secondsAgo * 1_000).toUTCString();
      await using cache = await cacheBefore(target, () => kept(text(120), text(0)));
      const auth = test.engine({ main: { baseUrl: cache.url }, hedge: { loginBaseUrl: cache.url } });
      expect((await auth.session(name)).obtainedBy).toBe("login");
      expect(sandbox.journal.count({ step })).toBe(1);
    },
  );
});
