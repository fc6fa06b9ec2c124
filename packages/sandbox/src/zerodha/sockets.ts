import type { IncomingMessage } from "node:http";
import type { Duplex } from "node:stream";
import { type WebSocket, WebSocketServer } from "ws";
import type { Journal } from "../journal.ts";
import { isJsonObject, parseJson } from "../json.ts";
import type { ReceivedRequest } from "../listener.ts";
import type { ZerodhaBroker } from "./broker.ts";
import { checkPair } from "./session-gate.ts";
import { HEARTBEAT, readSocketCommand, tickOf } from "./socket-frames.ts";
import { openContext } from "./step.ts";

/** Reference section 6. */
const SOCKETS_PER_KEY = 3;

export interface ZerodhaSockets {
  /** Takes the handshake over. The tokens stand in the address; what is refused gets 403 and no socket. */
  upgrade(request: ReceivedRequest, raw: IncomingMessage, socket: Duplex, head: Buffer): void;
  close(): void;
}

/** The one socket, for market data and for order updates (reference section 6). */
export function createZerodhaSockets(broker: ZerodhaBroker, journal: Journal, changed: () => void): ZerodhaSockets {
  const server = new WebSocketServer({ noServer: true, maxPayload: 64 * 1024 });
  const open = new Map<WebSocket, string>();

  return {
    upgrade(request, raw, socket, head) {
      const refuse = (reason: string, status: number, phrase: string): void => {
        request.entry.tell({ outcome: `refused: ${reason}`, status });
        socket.end(`HTTP/1.1 ${status} ${phrase}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`);
      };
      if (request.path !== "/") return refuse("not-found", 404, "Not Found");
      const context = openContext(broker, request, "socket");
      const apiKey = request.query.get("api_key") ?? "";
      const checked = checkPair(broker, context, { apiKey, token: request.query.get("access_token") ?? "" });
      changed();
      if ("reason" in checked) return refuse(checked.reason, 403, "Forbidden");
      const { customer } = checked.account;
      if (customer.plan === "personal" || context.take("permission") !== undefined)
        return refuse("no-permission", 403, "Forbidden");
      // How the fourth is refused is not known.
      if ([...open.values()].filter((key) => key === apiKey).length >= SOCKETS_PER_KEY)
        return refuse("too-many-sockets", 403, "Forbidden");
      request.entry.tell({ outcome: "accepted", status: 101 });
      server.handleUpgrade(raw, socket, head, (client) => {
        open.set(client, apiKey);
        client.on("close", () => open.delete(client));
        client.on("error", () => client.terminate());
        client.on("message", (data) =>
          command(client, customer.name, Buffer.isBuffer(data) ? data.toString("utf8") : ""),
        );
        client.send(HEARTBEAT);
      });
    },
    close() {
      for (const client of server.clients) client.terminate();
      server.close();
    },
  };

  function command(client: WebSocket, account: string, text: string): void {
    const body = parseJson(text) ?? text;
    const arrival = {
      at: broker.now(),
      broker: "zerodha",
      listener: "api",
      method: "FRAME",
      path: "/",
      query: "",
      headers: {},
      body,
    };
    const entry = journal.open(arrival);
    const asked = readSocketCommand(text);
    entry.tell({ step: "socket", account, outcome: asked === undefined ? "refused: no-command" : "accepted" });
    if (asked === undefined) {
      client.send(JSON.stringify({ type: "error", data: "Invalid command" }));
      return;
    }
    if (asked !== "subscribe" || !isJsonObject(body) || !Array.isArray(body["v"])) return;
    for (const instrument of body["v"]) if (typeof instrument === "number") client.send(tickOf(instrument));
  }
}
