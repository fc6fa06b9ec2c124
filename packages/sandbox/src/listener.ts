import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo, Socket } from "node:net";
import type { Duplex } from "node:stream";
import type { Journal, OpenJournalEntry } from "./journal.ts";
import { type Json, parseJson } from "./json.ts";
import { listenOn } from "./loopback-port.ts";
import { type Reply, sendReply } from "./reply.ts";
import { readBody } from "./request-body.ts";

/** A request as it arrived, complete. */
export interface ReceivedRequest {
  readonly method: string;
  /** The path as sent, without the query; not decoded. */
  readonly path: string;
  readonly query: URLSearchParams;
  /** Lower-case names. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
  /** Whatever the body parses to, without a look at the content type; undefined if it is no JSON. */
  readonly json: Json | undefined;
  readonly remoteAddress: string;
  readonly at: number;
  /** The handler tells account, step and outcome here; the listener itself adds the status. */
  readonly entry: OpenJournalEntry;
}

export interface ListenerOptions {
  readonly broker: string;
  /** Which listener of the broker, as the journal names it. */
  readonly name: string;
  /** 0 or absent: a free port. */
  readonly port?: number | undefined;
  /** The broker's time: it stamps the journal and fills the `Date` header, by which clients measure their skew. */
  readonly now: () => number;
  /** Where everything that arrives is written. */
  readonly journal: Journal;
  readonly handle: (request: ReceivedRequest) => Reply | Promise<Reply>;
  /** Takes a WebSocket handshake over. Absent: an upgrade is handled like any other request. */
  readonly upgrade?:
    | ((request: ReceivedRequest, raw: IncomingMessage, socket: Duplex, head: Buffer) => void)
    | undefined;
  /** Longer bodies are answered 413. Default 1 MiB. */
  readonly bodyCapBytes?: number | undefined;
}

export interface Listener {
  readonly port: number;
  /** Without a trailing slash, e.g. "http://127.0.0.1:40123". */
  readonly url: string;
  /** Ends every connection, also those that hang, and resolves when nothing is left open. */
  close(): Promise<void>;
}

/**
 * Listens on 127.0.0.1 only.
 * @throws SandboxError port_in_use, bad_option
 */
export async function startListener(options: ListenerOptions): Promise<Listener> {
  const cap = options.bodyCapBytes ?? 1024 * 1024;
  const sockets = new Set<Socket>();
  const readBytes = new WeakMap<Duplex, number>();
  const reading = new WeakSet<Duplex>();
  const closing = new AbortController();
  const server = createServer();

  server.on("connection", (socket) => {
    sockets.add(socket);
    socket.on("close", () => sockets.delete(socket));
  });
  server.on("request", (raw, response) => {
    void serve(raw, response);
  });
  server.on("clientError", (error: NodeJS.ErrnoException & { rawPacket?: Buffer }, socket) => {
    const unread = "bytesRead" in socket ? Number(socket.bytesRead) - (readBytes.get(socket) ?? 0) : 0;
    // A reset of an idle keep-alive connection brings no new bytes: nothing arrived, so nothing is journalled. A request whose body breaks
    // off is journalled where it is read.
    if (!reading.has(socket) && (unread > 0 || error.rawPacket !== undefined)) {
      const body = error.rawPacket?.toString("latin1");
      options.journal
        .open({
          at: options.now(),
          broker: options.broker,
          listener: options.name,
          method: "",
          path: "",
          query: "",
          headers: {},
          body,
        })
        .tell({ outcome: `unparsable: ${error.code ?? "unknown"}` });
    }
    if (socket.writable)
      socket.end(`HTTP/1.1 400 Bad Request\r\nDate: ${httpDate()}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`);
    else socket.destroy();
  });
  const { upgrade } = options;
  if (upgrade !== undefined) {
    server.on("upgrade", (raw, socket, head) => {
      socket.on("error", () => socket.destroy());
      upgrade(received(raw, Buffer.alloc(0)), raw, socket, head);
    });
  }

  async function serve(raw: IncomingMessage, response: ServerResponse): Promise<void> {
    response.sendDate = false;
    response.setHeader("date", httpDate());
    response.on("error", () => response.destroy());
    reading.add(raw.socket);
    const body = await readBody(raw, cap);
    const request = received(raw, body.bytes);
    if (body.end !== "cut") {
      reading.delete(raw.socket);
      readBytes.set(raw.socket, raw.socket.bytesRead);
    }
    if (body.end === "cut") {
      request.entry.tell({ outcome: "cut: the body did not arrive completely" });
      return;
    }
    const reply: Reply =
      body.end === "over" ? { status: 413, body: { error: "Request body too large" } } : await decide(request);
    if (body.end === "over") request.entry.tell({ outcome: "refused: body-too-large" });
    // The clock may have been moved while the broker decided.
    response.setHeader("date", httpDate());
    response.on("close", () => {
      if (response.writableFinished || closing.signal.aborted || cutsItself(reply)) return;
      request.entry.note("the client left before the answer was complete");
    });
    try {
      request.entry.tell({ status: statusOf(reply) });
      await sendReply(response, reply, closing.signal);
    } catch {
      response.destroy();
    }
  }

  async function decide(request: ReceivedRequest): Promise<Reply> {
    try {
      const reply = await options.handle(request);
      if (reply.fault !== undefined && request.entry.current.outcome === "pending") {
        request.entry.tell({ outcome: `fault: ${reply.fault.kind}` });
      }
      return reply;
    } catch (error) {
      // A mistake in the sandbox itself must be loud, not look like an answer of the broker.
      const text = error instanceof Error ? error.message : String(error);
      request.entry.tell({ outcome: `sandbox error: ${text}` });
      return { status: 500, headers: { "x-sandbox-error": "1" }, body: `sandbox error: ${text}` };
    }
  }

  function received(raw: IncomingMessage, body: Buffer): ReceivedRequest {
    const target = raw.url ?? "/";
    const mark = target.indexOf("?");
    const path = mark < 0 ? target : target.slice(0, mark);
    const query = mark < 0 ? "" : target.slice(mark + 1);
    const method = raw.method ?? "";
    const headers: Record<string, string> = {};
    for (const [name, value] of Object.entries(raw.headers))
      headers[name] = Array.isArray(value) ? value.join(", ") : (value ?? "");
    const text = body.toString("utf8");
    const json = parseJson(text);
    const at = options.now();
    const entry = options.journal.open({
      at,
      broker: options.broker,
      listener: options.name,
      method,
      path,
      query,
      headers,
      body: body.length === 0 ? undefined : (json ?? text),
    });
    return {
      method,
      path,
      query: new URLSearchParams(query),
      headers,
      body,
      json,
      remoteAddress: raw.socket.remoteAddress ?? "",
      at,
      entry,
    };
  }

  const httpDate = (): string => new Date(options.now()).toUTCString();

  await listenOn(server, options.port ?? 0, `${options.broker} ${options.name}`);
  const { port } = server.address() as AddressInfo;
  return {
    port,
    url: `http://127.0.0.1:${port}`,
    close: () =>
      new Promise((resolve) => {
        closing.abort();
        // Two more turns of the event loop, in which clients in this process learn that their connections ended: Node 22's fetch
        // would else send its next request to a successor on this port over a dead connection.
        server.close(() => setImmediate(() => setImmediate(resolve)));
        for (const socket of sockets) socket.destroy();
      }),
  };
}

/** The status a client will see, undefined where the fault lets none through. */
function statusOf(reply: Reply): number | undefined {
  const { fault } = reply;
  if (fault?.kind === "hang" || fault?.kind === "reset") return undefined;
  if (fault?.kind === "html") return fault.status ?? 502;
  if (fault?.kind === "redirect") return fault.status;
  return reply.status;
}

function cutsItself({ fault }: Reply): boolean {
  return fault?.kind === "reset" || (fault?.kind === "truncated-json" && fault.cut === true);
}
