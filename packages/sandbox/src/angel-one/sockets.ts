import type { IncomingMessage } from "node:http";
import type { Duplex } from "node:stream";
import { type WebSocket, WebSocketServer } from "ws";
import type { Journal } from "../journal.ts";
import { parseJson } from "../json.ts";
import type { ReceivedRequest } from "../listener.ts";
import type { AngelOneBroker } from "./broker.ts";
import { checkToken } from "./session-gate.ts";
import { PING, PONG, isSubscription } from "./socket-frames.ts";
import { bearerOf, openContext } from "./step.ts";

/** Path to step (reference section 6). */
const SOCKETS: Readonly<Record<string, "market-socket" | "order-socket">> = {
  "/smart-stream": "market-socket",
  "/smart-order-update": "order-socket",
};

export interface AngelOneSockets {
  /** Takes the handshake over. What is refused gets 401 and the header `x-error-message`. */
  upgrade(request: ReceivedRequest, raw: IncomingMessage, socket: Duplex, head: Buffer): void;
  close(): void;
}

/** Market data, and order updates: reference section 6. */
export function createAngelOneSockets(broker: AngelOneBroker, journal: Journal, changed: () => void): AngelOneSockets {
  const server = new WebSocketServer({ noServer: true, maxPayload: 64 * 1024 });

  return {
    upgrade(request, raw, socket, head) {
      const step = Object.hasOwn(SOCKETS, request.path) ? SOCKETS[request.path] : undefined;
      const refuse = (reason: string, status: string, more = ""): void => {
        request.entry.tell({ outcome: `refused: ${reason}`, status: Number(status.slice(0, 3)) });
        socket.end(`HTTP/1.1 ${status}\r\n${more}Connection: close\r\nContent-Length: 0\r\n\r\n`);
      };
      if (step === undefined) return refuse("not-found", "404 Not Found");
      const context = openContext(broker, request, step);
      const { headers, query } = request;
      const given = (header: string, word: string): string => headers[header] ?? query.get(word) ?? "";
      // Bare for market data, with Bearer for orders; a browser gives three words of the query and no JWT.
      const jwt = step === "order-socket" ? bearerOf(request) : headers["authorization"];
      const [apiKey, clientCode, feedToken] = [
        given("x-api-key", "apiKey"),
        given("x-client-code", "clientCode"),
        given("x-feed-token", "feedToken"),
      ];
      const account = broker.accounts.find(({ customer }) => customer.clientCode === clientCode);
      const session = account?.state.sessions.find((one) => one.feedToken === feedToken);
      const byQuery = step === "market-socket" && headers["authorization"] === undefined && query.has("feedToken");
      const checked = checkToken(broker, context, byQuery ? (session?.jwt ?? "") : (jwt ?? ""), apiKey);
      changed();
      if ("reason" in checked) return refuse(checked.reason, "401 Unauthorized", "x-error-message: Invalid Token\r\n");
      if (checked.session.feedToken !== feedToken || checked.account.customer.clientCode !== clientCode)
        return refuse("wrong-feed-token", "401 Unauthorized", "x-error-message: Invalid Feed Token\r\n");
      request.entry.tell({ outcome: "accepted", status: 101 });
      server.handleUpgrade(raw, socket, head, (client) => {
        client.on("error", () => client.terminate());
        client.on("message", (data) =>
          frame(client, step, request.path, Buffer.isBuffer(data) ? data.toString("utf8") : ""),
        );
      });
    },
    close() {
      for (const client of server.clients) client.terminate();
      server.close();
    },
  };

  function frame(client: WebSocket, step: string, path: string, text: string): void {
    const arrival = {
      at: broker.now(),
      broker: "angel-one",
      listener: "api",
      method: "FRAME",
      path,
      query: "",
      headers: {},
    };
    const entry = journal.open({ ...arrival, body: parseJson(text) ?? text });
    const taken = text === PING || (step === "market-socket" && isSubscription(text));
    entry.tell({ step, outcome: taken ? "accepted" : "refused: no-command" });
    if (text === PING) client.send(PONG);
    else if (!taken)
      client.send(JSON.stringify({ correlationID: "", errorCode: "E1002", errorMessage: "Invalid Request" }));
  }
}
