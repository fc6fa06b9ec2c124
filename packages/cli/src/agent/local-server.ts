import { rmSync } from "node:fs";
import { createServer, type IncomingMessage, type RequestListener, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

/** Listens on a socket that only this user can connect to. One that a dead agent left is taken away: whoever calls holds the folder's lock. */
export async function listenOnSocket(path: string, answer: RequestListener): Promise<Server> {
  rmSync(path, { force: true });
  const server = createServer({ ...limits, maxHeaderSize: longestHeaders }, answer);
  // Made with its final rights, so that there is no moment at which it has others.
  const umask = process.umask(0o177);
  try {
    await listening(server, path);
  } finally {
    process.umask(umask);
  }
  return server;
}

/** Listens on 127.0.0.1, where every user of the machine can connect, and every page in a browser. @param port 0 for a free one */
export async function listenOnLoopback(
  port: number,
  answer: RequestListener,
): Promise<{ server: Server; port: number }> {
  const server = createServer(limits, (request, response) => {
    const { port: own } = server.address() as AddressInfo;
    const objection = strangerIn(request, own);
    if (objection === undefined) answer(request, response);
    else sendJson(response, 403, { error: { code: "permission_denied", message: objection } });
  });
  await listening(server, port);
  return { server, port: (server.address() as AddressInfo).port };
}

/**
 * A page can reach a port of its own machine, by the address or by a name that it lets point there (DNS rebinding). Programs name the host by its
 * address, and send neither `Origin` nor `Sec-Fetch-Site`.
 */
function strangerIn({ headers }: IncomingMessage, port: number): string | undefined {
  if (headers.host !== `127.0.0.1:${port}`) return `the Host header must be 127.0.0.1:${port}`;
  if (headers.origin !== undefined || (headers["sec-fetch-site"] ?? "none") !== "none")
    return "pages in a browser get nothing here";
  return undefined;
}

/** Stops listening and ends every connection. */
export async function endServer(server: Server): Promise<void> {
  const closed = new Promise<void>((resolve) => server.close(() => resolve()));
  server.closeAllConnections();
  await closed;
}

export function sendJson(response: ServerResponse, status: number, value: unknown): void {
  const text = `${JSON.stringify(value)}\n`;
  response.writeHead(status, {
    "content-type": "application/json",
    "content-length": Buffer.byteLength(text),
    "cache-control": "no-store",
    "x-content-type-options": "nosniff",
  });
  response.end(text);
}

/** The whole body; undefined where it is longer than 1 MiB. */
export async function bodyOf(request: IncomingMessage): Promise<Buffer | undefined> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    length += chunk.byteLength;
    if (length > 1_048_576) return undefined;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

/** A request to a broker, and its answer's headers, travel to the agent and back in one header each: four thirds of what other servers take. */
export const longestHeaders = 65_536;

const limits = { requestTimeout: 30_000, headersTimeout: 10_000, maxHeaderSize: 16_384 };

function listening(server: Server, at: string | number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    if (typeof at === "string") server.listen(at, resolve);
    else server.listen(at, "127.0.0.1", resolve);
  });
}
