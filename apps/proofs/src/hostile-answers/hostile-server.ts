import { createServer, type Socket } from "node:net";
import { brotliCompressSync, constants, deflateSync, gzipSync } from "node:zlib";
import { isBrokerAuthError, memoryStore } from "@x/core";
import { openTestEnvironment } from "@x/test-environment";
import { listenLocally } from "../harness/local-server.ts";
import { most } from "../harness/numbers.ts";
import { metered, type MeteredResponse } from "./hostile-answer.ts";
import { bodyCap, type HostileFindings } from "./seen-answer.ts";
import type { ProofContext } from "../harness/proof.ts";

// What a server keeps the client waiting with is given up after this.
const timeoutMs = 50;

/** Servers that break the protocol below the answer: HTTP itself, its compression and its timing. */
export async function breakServers({ scale, random }: ProofContext, found: HostileFindings): Promise<void> {
  await using test = await openTestEnvironment();
  const rounds = scale === "full" ? 4 : 1;
  for (let round = 0; round < rounds; round++) {
    for (const [name, behave] of Object.entries(behaviours)) {
      // In the short form the ones that take their time are left to chance.
      if (scale === "short" && random() < 0.5) continue;
      const listener = createServer((socket) => {
        socket.once("data", () => {
          found.overSockets.add(1);
          behave(socket);
        });
      });
      await using server = await listenLocally(listener);
      const reading = countingFetch();
      const auth = test.engine({
        main: { baseUrl: server.url },
        hedge: { loginBaseUrl: server.url },
        store: memoryStore(),
        fetch: reading.fetch,
        timeoutMs,
      });
      for (const outcome of await auth.loginAll()) {
        if (outcome.ok) found.wrong.add(`${name}: a session at ${outcome.account}`);
        else if (!isBrokerAuthError(outcome.error)) found.strangers.add(`${name}: ${String(outcome.error)}`);
      }
      found.overRead.add(reading.askedAfter() - bodyCap);
    }
  }
}

type Behaviour = (socket: Socket) => void;

const head = (...headers: readonly string[]): string =>
  `HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n${headers.map((header) => `${header}\r\n`).join("")}\r\n`;

function whole(text: string): Behaviour {
  return (socket) => void socket.end(text);
}

/** @param make made when it is wanted: a bomb takes its time */
function encoded(encoding: string, make: () => Buffer): Behaviour {
  return (socket) => {
    const body = make();
    socket.write(head(`content-encoding: ${encoding}`, `content-length: ${body.length}`));
    socket.end(body);
  };
}

/** Bytes that never end, some at a time. */
function dripping(start: string, piece: string, everyMs: number): Behaviour {
  return (socket) => {
    socket.write(start);
    const timer = setInterval(() => socket.write(piece), everyMs);
    socket.on("close", () => clearInterval(timer));
  };
}

function bomb(): Buffer {
  return Buffer.concat([Buffer.from('{"session_token":"'), Buffer.alloc(16 * 1024 * 1024, "0"), Buffer.from('"}')]);
}

const behaviours: Readonly<Record<string, Behaviour>> = {
  "no answer": (socket) => void socket.end(),
  reset: (socket) => void socket.resetAndDestroy(),
  "no HTTP": whole("SSH-2.0-OpenSSH_9.6\r\n"),
  "a status that is none": whole("HTTP/1.1 999999 X\r\n\r\n"),
  "status 100 for ever": dripping("", "HTTP/1.1 100 Continue\r\n\r\n", 2),
  "status 101": whole("HTTP/1.1 101 Switching Protocols\r\nupgrade: websocket\r\nconnection: upgrade\r\n\r\n"),
  "status 999": whole("HTTP/1.1 999 Denied\r\ncontent-length: 2\r\n\r\n{}"),
  "headers for ever": dripping("HTTP/1.1 200 OK\r\n", `x-more: ${"y".repeat(8_000)}\r\n`, 1),
  "headers that are none": whole("HTTP/1.1 200 OK\r\nthis is no header\r\n\r\n{}"),
  "two lengths": whole(`${head("content-length: 2", "content-length: 200")}{}`),
  "length and chunks": whole(`${head("content-length: 2", "transfer-encoding: chunked")}0\r\n\r\n`),
  "a length that is not reached": whole(`${head("content-length: 200")}{"auth_token":"x"`),
  "chunks that are none": whole(`${head("transfer-encoding: chunked")}zz\r\n{}\r\n`),
  "a chunk of all bytes": whole(`${head("transfer-encoding: chunked")}ffffffffffffffff\r\n{}`),
  "a body for ever": dripping(head(), "x".repeat(60_000), 1),
  "a body byte by byte": dripping(head("content-length: 100000"), " ", 1),
  "silence after the head": dripping(head("content-length: 100"), "", 1_000),
  silence: () => undefined,
  "a gzip bomb": encoded("gzip", () => gzipSync(bomb())),
  "a deflate bomb": encoded("deflate", () => deflateSync(bomb())),
  "a brotli bomb": encoded("br", () => brotliCompressSync(bomb(), { params: { [constants.BROTLI_PARAM_QUALITY]: 4 } })),
  "a gzip bomb in gzip": encoded("gzip, gzip", () => gzipSync(gzipSync(bomb()))),
  "gzip that is none": encoded("gzip", () => Buffer.from('{"auth_token":"x"}')),
  "gzip cut short": encoded("gzip", () => gzipSync('{"auth_token":"x"}').subarray(0, 20)),
  "an encoding nobody knows": encoded("zstd-9", () => Buffer.from('{"auth_token":"x"}')),
  "a redirect to itself": whole("HTTP/1.1 307 X\r\nlocation: /\r\ncontent-length: 0\r\n\r\n"),
};

/** The platform's fetch, and how many bytes of an answer had been read, after decompression, when the last piece was asked for. */
function countingFetch(): { readonly fetch: typeof fetch; askedAfter(): number } {
  const answers: MeteredResponse[] = [];
  return {
    askedAfter: () => most(answers.map((answer) => answer.askedAfter())),
    async fetch(input, init) {
      const { status, statusText, headers, body } = await fetch(input, init);
      const reader = body?.getReader();
      const answer = metered(
        { status, statusText, headers },
        async () => (await reader?.read())?.value,
        (reason) => void reader?.cancel(reason),
      );
      answers.push(answer);
      return answer.response;
    },
  };
}
