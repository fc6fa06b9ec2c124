import type { IncomingMessage } from "node:http";
import type { Duplex } from "node:stream";
import { type WebSocket, WebSocketServer } from "ws";
import type { Journal } from "../journal.ts";
import { parseJson } from "../json.ts";
import type { ReceivedRequest } from "../listener.ts";
import type { KotakNeoBroker } from "./broker.ts";
import { type FrameAnswer, answerMarketFrame, answerOrderFrame, marketGreeting } from "./socket-frames.ts";
import { type StepContext, openContext } from "./step.ts";

interface Feed {
  readonly step: string;
  /** Said before the client says anything. */
  readonly greeting: string | undefined;
  readonly answer: (broker: KotakNeoBroker, context: StepContext, frame: string) => FrameAnswer;
}

/** Order feed and market feed: reference section 7. */
const FEEDS: Readonly<Record<string, Feed>> = {
  "/realtime": { step: "order-feed", greeting: undefined, answer: answerOrderFrame },
  "/apifeed": { step: "market-feed", greeting: marketGreeting, answer: answerMarketFrame },
};

export interface KotakNeoSockets {
  /** Takes the handshake over; a path that is no feed is answered 404. */
  upgrade(request: ReceivedRequest, raw: IncomingMessage, socket: Duplex, head: Buffer): void;
  close(): void;
}

/** The order feed and the market feed: reference section 7. */
export function createKotakNeoSockets(broker: KotakNeoBroker, journal: Journal, changed: () => void): KotakNeoSockets {
  const server = new WebSocketServer({ noServer: true, maxPayload: 64 * 1024 });

  return {
    upgrade(request, raw, socket, head) {
      const feed = Object.hasOwn(FEEDS, request.path) ? FEEDS[request.path] : undefined;
      if (feed === undefined) {
        request.entry.tell({ outcome: "refused: not-found", status: 404 });
        socket.end("HTTP/1.1 404 Not Found\r\nConnection: close\r\nContent-Length: 0\r\n\r\n");
        return;
      }
      request.entry.tell({ step: feed.step, outcome: "accepted", status: 101 });
      // "No upgrade headers": the tokens go into the first frame.
      for (const name of ["authorization", "auth", "sid"])
        if (request.headers[name] !== undefined) request.entry.note(`${name} on the upgrade`);
      server.handleUpgrade(raw, socket, head, (client) => serve(client, feed, request));
    },
    close() {
      for (const client of server.clients) client.terminate();
      server.close();
    },
  };

  function serve(client: WebSocket, feed: Feed, upgrade: ReceivedRequest): void {
    let open = false;
    client.on("error", () => client.terminate());
    client.on("message", (data) => {
      const frame = Buffer.isBuffer(data) ? data.toString("utf8") : "";
      const { path, remoteAddress } = upgrade;
      const body = parseJson(frame) ?? frame;
      const at = broker.now();
      const arrival = {
        at,
        broker: "kotak-neo",
        listener: "trading",
        method: "FRAME",
        path,
        query: "",
        headers: {},
        body,
      };
      const entry = journal.open(arrival);
      const query = new URLSearchParams();
      const context = openContext(
        broker,
        { method: "FRAME", path, query, headers: {}, body: Buffer.from(frame), json: body, remoteAddress, at, entry },
        feed.step,
      );
      if (open) {
        // Heartbeats every 30 s and subscriptions: taken as they come.
        entry.tell({ outcome: "accepted" });
        return;
      }
      const answered = feed.answer(broker, context, frame);
      entry.tell({ outcome: answered.refusal === undefined ? "accepted" : `refused: ${answered.refusal}` });
      changed();
      open = answered.refusal === undefined;
      client.send(answered.reply);
      if (!open) client.close(1000);
    });
    if (feed.greeting !== undefined) client.send(feed.greeting);
  }
}
