import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { buffer } from "node:stream/consumers";
import { type LocalServer, listenLocally } from "../harness/local-server.ts";

/** An answer on its way back from a sandbox. */
export interface RelayedAnswer {
  readonly status: number;
  /** The text after the status, sent as the bytes of UTF-8. Default: the usual one. */
  readonly reason?: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  /** In how many pieces the body comes, without a length. Default: whole, with its length. */
  readonly pieces?: number;
}

/** Changes an answer; undefined: it goes on as it is. */
export type Alter = (path: string, answer: RelayedAnswer) => RelayedAnswer | undefined;

/** A real server in front of a sandbox: what it alters, the sandbox has done all the same. */
export class AnswerRelay implements AsyncDisposable {
  alter: Alter | undefined;
  /** Answers a path by itself: the sandbox does not hear of it. */
  play: ((path: string, response: ServerResponse) => boolean) | undefined;
  #server: LocalServer | undefined;

  /** @param always what is done to an answer before any other change */
  static async open(target: string, always: Alter = (_path, answer) => answer): Promise<AnswerRelay> {
    const relay = new AnswerRelay();
    relay.#server = await listenLocally(
      createServer((request, response) => {
        relay.#pass(request, response, target, always).catch(() => response.destroy());
      }),
    );
    return relay;
  }

  get url(): string {
    return this.#server?.url ?? "";
  }

  async #pass(request: IncomingMessage, response: ServerResponse, target: string, always: Alter): Promise<void> {
    const { url = "/", method = "GET" } = request;
    const path = url.split("?", 1)[0] ?? "/";
    const body = await buffer(request);
    if (this.play?.(path, response) === true) return;
    const headers = Object.entries(request.headers).filter(
      (entry): entry is [string, string] => typeof entry[1] === "string" && !hopByHop.has(entry[0]),
    );
    const given = body.length === 0 ? {} : { body: new Uint8Array(body) };
    const answered = await fetch(target + url, { method, headers, redirect: "manual", ...given });
    const answer = {
      status: answered.status,
      headers: Object.fromEntries([...answered.headers].filter(([name]) => !hopByHop.has(name))),
      body: await answered.text(),
    };
    const first = always(path, answer) ?? answer;
    await send(response, this.alter?.(path, first) ?? first);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#server?.[Symbol.asyncDispose]();
  }
}

const hopByHop = new Set("host connection content-length transfer-encoding content-encoding keep-alive".split(" "));

async function send(response: ServerResponse, answer: RelayedAnswer): Promise<void> {
  const { status, reason, headers, pieces = 1 } = answer;
  const body = Buffer.from(answer.body);
  const length = pieces > 1 ? {} : { "content-length": String(body.length) };
  // Node writes the reason byte by byte, as latin1.
  if (reason !== undefined) response.statusMessage = Buffer.from(reason).toString("latin1");
  response.writeHead(status, { ...headers, ...length });
  const size = Math.max(1, Math.ceil(body.length / pieces));
  for (let from = 0; from < body.length; from += size) {
    // Each piece leaves by itself, so that the other side meets them one by one.
    await new Promise((done) => response.write(body.subarray(from, from + size), done));
    if (pieces > 1) await new Promise((done) => setImmediate(done));
  }
  response.end();
}
