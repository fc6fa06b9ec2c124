import type { IncomingMessage } from "node:http";
import type { Duplex } from "node:stream";
import { type WebSocket, WebSocketServer } from "ws";
import type { Journal } from "../journal.ts";
import { type Json, parseJson } from "../json.ts";
import type { ReceivedRequest } from "../listener.ts";
import type { NubraBroker } from "./broker.ts";
import { accountBySession } from "./broker.ts";
import { readSocketCommand } from "./socket-frames.ts";

type SocketName = "market-socket" | "order-socket";

const listeners: Readonly<Record<string, SocketName>> = { "/apibatch/ws": "market-socket", "/ws": "order-socket" };

export interface NubraSockets {
  upgrade(request: ReceivedRequest, raw: IncomingMessage, socket: Duplex, head: Buffer): void;
  close(): void;
}

/**
 * The market and the order socket (reference section 7). The handshake needs nothing; the session token is a word of each text command,
 * and a token that opens nothing is answered by the text frame `Invalid Token`. What else is sent is invented: one text frame per command, and
 * `Invalid Command` for what is none.
 */
export function createNubraSockets(broker: NubraBroker, journal: Journal): NubraSockets {
  const server = new WebSocketServer({ noServer: true, maxPayload: 1024 * 1024 });

  function command(socket: WebSocket, name: SocketName, path: string, text: string): void {
    const at = broker.now();
    const entry = journal.open({
      at,
      broker: "nubra",
      listener: name,
      method: "FRAME",
      path,
      query: "",
      headers: {},
      body: parseJson(text) ?? text,
    });
    const asked = readSocketCommand(name, text);
    const token = asked?.kind === "token" ? asked.token : undefined;
    const state = token === undefined ? undefined : accountBySession(broker, token);
    entry.tell({ step: name, account: state?.account.name });
    if (asked === undefined) {
      entry.tell({ outcome: "refused: no-command" });
      socket.send("Invalid Command");
      return;
    }
    const done: Json = { status: "ok", command: asked.verb };
    if (asked.kind === "setting") {
      entry.tell({ outcome: "accepted" });
      socket.send(JSON.stringify(done));
      return;
    }
    const session = state?.sessions.find((one) => one.token === token);
    if (session === undefined || session.ended !== null || session.expiresAt <= at) {
      entry.tell({
        outcome: `refused: ${session === undefined ? "unknown-session" : `session-${session.ended ?? "expired"}`}`,
      });
      socket.send("Invalid Token");
      return;
    }
    entry.tell({ outcome: "accepted" });
    socket.send(JSON.stringify(done));
  }

  return {
    upgrade(request, raw, socket, head) {
      const name = Object.hasOwn(listeners, request.path) ? listeners[request.path] : undefined;
      if (name === undefined) {
        request.entry.tell({ outcome: "refused: not-found", status: 404 });
        socket.end("HTTP/1.1 404 Not Found\r\nConnection: close\r\nContent-Length: 0\r\n\r\n");
        return;
      }
      request.entry.tell({ step: name, outcome: "accepted", status: 101 });
      server.handleUpgrade(raw, socket, head, (opened) => {
        opened.on("error", () => opened.terminate());
        opened.on("message", (data, isBinary) => {
          if (!isBinary && Buffer.isBuffer(data)) command(opened, name, request.path, data.toString());
        });
      });
    },
    close() {
      for (const client of server.clients) client.terminate();
      server.close();
    },
  };
}
