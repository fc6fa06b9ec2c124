// Stands before the sandbox with TLS, and as a proxy beside it, and does what it is told: hands everything on, or cuts it off.
import { once } from "node:events";
import { readFileSync } from "node:fs";
import {
  createServer as createHttpServer,
  type IncomingMessage,
  request as httpRequest,
  type ServerResponse,
} from "node:http";
import { createServer as createHttpsServer } from "node:https";
import { type AddressInfo, connect, createServer, type Server, type Socket } from "node:net";
import type { TestCertificate } from "../../../../packages/stores/src/testing/certificates.ts";
import { givenPlan, obey } from "../workers/worker-side.ts";

export interface FrontPlan {
  /** Plain addresses of the sandbox; each gets a door of its own. */
  readonly targets: readonly string[];
  readonly certificates: Readonly<Record<"good" | "other-name" | "expired" | "not-trusted", TestCertificate>>;
}

const plan = givenPlan() as FrontPlan;
const sockets = new Set<Socket>();
let way = "open";

type Cut = (socket: Socket) => void;

const portal = "HTTP/1.1 302 Found\r\nLocation: http://portal.invalid/\r\nContent-Length: 0\r\n\r\n";
const cuts: Readonly<Record<string, Cut>> = {
  closed: (socket) => void socket.destroy(),
  reset: (socket) => void socket.resetAndDestroy(),
  "ended-in-tls": (socket) => void socket.once("data", () => socket.end()),
  "reset-in-tls": (socket) => void socket.once("data", () => socket.resetAndDestroy()),
  "plain-text": (socket) => void socket.once("data", () => socket.end(portal)),
  "silent-tls": (socket) => void socket.resume(),
  "tunnel-closed": (socket) => void socket.destroy(),
};

const doors = plan.targets.map((target) => door(target));
const proxy = createHttpServer();
proxy.on("connect", (request, socket: Socket) => tunnel(request, keep(socket)));
const servers: readonly Server[] = [...doors, proxy];
const ports = await Promise.all(servers.map((server) => listen(server, 0)));

const commands = {
  /** One port for each target, and the proxy's. */
  ports: (): readonly number[] => ports,
  /** Makes a way hold, or opens everything. */
  async goBy(next: string): Promise<void> {
    // Whatever is still open belongs to the way before.
    for (const socket of sockets) socket.destroy();
    const closed = (server: Server): boolean => next === (server === proxy ? "proxy-refused" : "refused");
    await Promise.all(servers.map((server, index) => listening(server, ports[index]!, !closed(server))));
    way = next;
  },
};
export type Front = typeof commands;

await obey(commands);

async function listening(server: Server, port: number, wanted: boolean): Promise<void> {
  if (server.listening === wanted) return;
  if (wanted) return void (await listen(server, port));
  server.close();
  await once(server, "close");
}

async function listen(server: Server, port: number): Promise<number> {
  // With so short a queue a process that was stopped soon takes no further connection, and drops what would make one.
  server.listen({ port, host: "127.0.0.1", backlog: 1 });
  await once(server, "listening");
  return (server.address() as AddressInfo).port;
}

function keep(socket: Socket): Socket {
  sockets.add(socket);
  socket.on("error", () => undefined).on("close", () => sockets.delete(socket));
  return socket;
}

function door(target: string): Server {
  const byCertificate = Object.entries(plan.certificates).map(([name, { certificateFile, keyFile }]) => {
    const certified = { cert: readFileSync(certificateFile), key: readFileSync(keyFile) };
    const server = createHttpsServer(certified, (request, response) => relay(target, request, response));
    server.on("tlsClientError", () => undefined);
    return [name, server] as const;
  });
  const tls = new Map(byCertificate);
  return createServer((socket) => {
    keep(socket);
    const cut = cuts[way] ?? (way.startsWith("alert-") ? alert(Number(way.slice(6))) : undefined);
    if (cut !== undefined) return cut(socket);
    (tls.get(way) ?? tls.get("good")!).emit("connection", socket);
    return undefined;
  });
}

// A warning for 0, the end of the connection; fatal for the others.
function alert(description: number): Cut {
  const record = Buffer.from([21, 3, 3, 0, 2, description === 0 ? 1 : 2, description]);
  return (socket) => void socket.once("data", () => socket.end(record));
}

function relay(target: string, request: IncomingMessage, response: ServerResponse): void {
  const chunks: Buffer[] = [];
  request.on("data", (chunk: Buffer) => chunks.push(chunk)).on("error", () => undefined);
  request.on("end", () => {
    if (way === "arrives-closed") return void request.socket.destroy();
    // Below TLS, where a connection can be reset.
    if (way === "arrives-reset") return sockets.forEach((socket) => socket.resetAndDestroy());
    if (way === "arrives-silent") return;
    const { method = "GET", url = "", headers } = request;
    const further = httpRequest(target + url, { method, headers: { ...headers, connection: "close" } }, (answer) => {
      // The next request makes a connection of its own, which the way can meet.
      response.writeHead(answer.statusCode ?? 500, { ...answer.headers, connection: "close" });
      answer.pipe(response);
    });
    further.on("error", () => response.destroy()).end(Buffer.concat(chunks));
  });
}

function tunnel({ url = "" }: IncomingMessage, socket: Socket): void {
  const status = /^proxy-(\d{3})$/.exec(way)?.[1];
  if (status !== undefined) return void socket.end(`HTTP/1.1 ${status} No\r\nContent-Length: 0\r\n\r\n`);
  if (way === "proxy-closed") return void socket.destroy();
  if (way === "proxy-garbage") return void socket.end("SSH-2.0-OpenSSH_9.6\r\n");
  if (way === "proxy-silent") return;
  const further = keep(connect(Number(url.split(":").at(-1)), "127.0.0.1"));
  socket.write("HTTP/1.1 200 Connection established\r\n\r\n");
  socket.pipe(further).pipe(socket);
  further.on("close", () => socket.destroy());
  socket.on("close", () => further.destroy());
}
