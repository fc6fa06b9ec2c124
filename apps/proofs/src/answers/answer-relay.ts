import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { buffer } from "node:stream/consumers";
import { listenLocally } from "../harness/local-server.ts";

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
export interface AnswerRelay extends AsyncDisposable {
  readonly url: string;
  /** Before any other change. */
  always: (path: string, answer: RelayedAnswer) => RelayedAnswer;
  alter: Alter | undefined;
  /** Answers a path by itself: the sandbox does not hear of it. */
  play: ((path: string, response: ServerResponse) => boolean) | undefined;
}

export async function openRelay(target: string): Promise<AnswerRelay> {
  const relay: Pick<AnswerRelay, "always" | "alter" | "play"> = {
    always: (_path, answer) => answer,
    alter: undefined,
    play: undefined,
  };
  const { url, [Symbol.asyncDispose]: close } = await listenLocally(
    createServer((request, response) => void pass(request, response).catch(() => response.destroy())),
  );

  async function pass(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const path = (request.url ?? "/").split("?", 1)[0] ?? "/";
    const body = await buffer(request);
    if (relay.play?.(path, response) === true) return;
    const headers = Object.entries(request.headers).filter(
      (entry): entry is [string, string] => typeof entry[1] === "string" && !hopByHop.has(entry[0]),
    );
    const answered = await fetch(target + (request.url ?? "/"), {
      method: request.method ?? "GET",
      headers,
      redirect: "manual",
      ...(body.length === 0 ? {} : { body: new Uint8Array(body) }),
    });
    const answer = relay.always(path, {
      status: answered.status,
      headers: Object.fromEntries([...answered.headers].filter(([name]) => !hopByHop.has(name))),
      body: await answered.text(),
    });
    await send(response, relay.alter?.(path, answer) ?? answer);
  }

  return Object.assign(relay, { url, [Symbol.asyncDispose]: close });
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
