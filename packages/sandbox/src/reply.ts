import type { ServerResponse } from "node:http";
import { Readable } from "node:stream";
import { buffer } from "node:stream/consumers";
import { pipeline } from "node:stream/promises";
import { setTimeout as sleep } from "node:timers/promises";
import { createGzip } from "node:zlib";
import type { Fault } from "./fault.ts";
import type { Json } from "./json.ts";

/** What a broker answers. */
export interface Reply {
  readonly status: number;
  /** The text after the status, sent as UTF-8. Default: the usual one, none where the status has none. */
  readonly reason?: string | undefined;
  /** An empty value leaves the header out. */
  readonly headers?: Readonly<Record<string, string>> | undefined;
  /** A string or a Buffer goes out as it is, anything else as JSON; undefined is an empty body. */
  readonly body?: Json | Buffer | undefined;
  readonly fault?: Fault | undefined;
}

const MIB = 1024 * 1024;
const HTML =
  "<!DOCTYPE html><html><head><title>Error</title></head><body><h1>The page is temporarily unavailable</h1></body></html>";

/**
 * Sends the reply, or what its fault makes of it. Resolves when all was handed to the socket; a fault that hangs resolves at once.
 * @throws when `signal` ends a delay, or the client a long body
 */
export async function sendReply(response: ServerResponse, reply: Reply, signal: AbortSignal): Promise<void> {
  const { fault } = reply;
  switch (fault?.kind) {
    case undefined:
      return sendWhole(response, reply);
    case "delay":
      await sleep(fault.ms, undefined, { signal });
      return sendWhole(response, reply);
    case "hang":
      return;
    case "reset":
      response.socket?.resetAndDestroy();
      return;
    case "html":
      return sendWhole(response, {
        status: fault.status ?? 502,
        headers: { "content-type": "text/html; charset=utf-8" },
        body: HTML,
      });
    case "redirect":
      return sendWhole(response, { status: fault.status, headers: { location: fault.location } });
    case "huge-body":
      return sendHuge(response, reply, fault.bytes ?? 32 * MIB);
    case "gzip-bomb":
      return sendWhole(response, {
        status: reply.status,
        headers: { "content-type": "application/json", "content-encoding": "gzip" },
        body: await gzipBomb(fault.bytes ?? 128 * MIB),
      });
    case "truncated-json":
      return sendHalf(response, reply, fault.cut ?? false);
    case "chunks":
      return sendInPieces(response, reply, fault, signal);
    case "slow-bytes":
      return sendSlowly(response, reply, fault.everyMs, signal);
  }
}

function encode(reply: Reply): { type: string | undefined; bytes: Buffer } {
  const { body } = reply;
  if (body === undefined) return { type: undefined, bytes: Buffer.alloc(0) };
  if (Buffer.isBuffer(body)) return { type: "application/octet-stream", bytes: body };
  if (typeof body === "string") return { type: "text/plain; charset=utf-8", bytes: Buffer.from(body) };
  return { type: "application/json", bytes: Buffer.from(JSON.stringify(body)) };
}

/** Without a length the body goes out in chunks. */
function writeHead(response: ServerResponse, reply: Reply, type: string | undefined, length: number | undefined): void {
  response.statusCode = reply.status;
  // Node writes this text byte by byte (latin1), as the bytes of UTF-8 arrive here.
  if (reply.reason !== undefined) response.statusMessage = Buffer.from(reply.reason, "utf8").toString("latin1");
  if (type !== undefined) response.setHeader("content-type", type);
  // 204 and 304 have no body and no length (RFC 9110, section 8.6).
  if (length !== undefined && reply.status !== 204 && reply.status !== 304)
    response.setHeader("content-length", length);
  for (const [name, value] of Object.entries(reply.headers ?? {})) {
    if (value === "") response.removeHeader(name);
    else response.setHeader(name, value);
  }
}

function sendWhole(response: ServerResponse, reply: Reply): void {
  const { type, bytes } = encode(reply);
  writeHead(response, reply, type, bytes.length);
  response.end(bytes);
}

async function sendHuge(response: ServerResponse, reply: Reply, bytes: number): Promise<void> {
  writeHead(response, reply, "application/json", bytes);
  await pipeline(filled(bytes, "x"), response);
}

/** A JSON object of exactly so many bytes, in pieces. */
function* filled(bytes: number, filler: string): Generator<Buffer> {
  const [head, tail] = [Buffer.from('{"data":"'), Buffer.from('"}')];
  yield head;
  const piece = Buffer.alloc(64 * 1024, filler);
  for (let left = bytes - head.length - tail.length; left > 0; left -= piece.length)
    yield piece.subarray(0, Math.min(left, piece.length));
  yield tail;
}

function sendHalf(response: ServerResponse, reply: Reply, cut: boolean): void {
  const { type, bytes } = encode(reply);
  const half = bytes.subarray(0, Math.floor(bytes.length / 2));
  writeHead(response, reply, type, cut ? bytes.length : half.length);
  if (cut) response.write(half, () => response.socket?.resetAndDestroy());
  else response.end(half);
}

async function sendInPieces(
  response: ServerResponse,
  reply: Reply,
  fault: Extract<Fault, { kind: "chunks" }>,
  signal: AbortSignal,
): Promise<void> {
  const { type, bytes } = encode(reply);
  writeHead(response, reply, type, undefined);
  const length = Math.max(1, Math.ceil(bytes.length / fault.pieces));
  for (let from = 0; from < bytes.length; from += length) {
    const isLast = from + length >= bytes.length;
    if (isLast && fault.open) return;
    if (from > 0) await sleep(fault.everyMs, undefined, { signal });
    if (response.destroyed) return;
    response.write(bytes.subarray(from, from + length));
  }
  response.end();
}

async function sendSlowly(response: ServerResponse, reply: Reply, everyMs: number, signal: AbortSignal): Promise<void> {
  const { type, bytes } = encode(reply);
  writeHead(response, reply, type, bytes.length);
  response.flushHeaders();
  for (const byte of bytes) {
    await sleep(everyMs, undefined, { signal });
    if (response.destroyed) return;
    response.write(Buffer.of(byte));
  }
  response.end();
}

const bombs = new Map<number, Promise<Buffer>>();

// Made once per size, in pieces, so that the sandbox itself never holds the inflated text.
function gzipBomb(bytes: number): Promise<Buffer> {
  const made = bombs.get(bytes) ?? buffer(Readable.from(filled(bytes, "0")).pipe(createGzip({ level: 9 })));
  bombs.set(bytes, made);
  return made;
}
