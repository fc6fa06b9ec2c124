import type { IncomingMessage } from "node:http";
import type { Duplex } from "node:stream";
import { type WebSocket, WebSocketServer } from "ws";
import type { Journal } from "../journal.ts";
import { parseJson } from "../json.ts";
import type { ReceivedRequest } from "../listener.ts";
import type { KotakNeoWorld, Visit } from "./kotak-neo-world.ts";
import { openVisit } from "./dispatch.ts";
import { judgeMarketFrame, marketGreeting } from "./market-feed.ts";
import { judgeOrderFrame } from "./order-feed.ts";

/** What a feed says to the first frame. */
export interface FrameVerdict {
  readonly reply: string;
  /** Undefined if the frame was accepted: the socket stays open. */
  readonly refusal: string | undefined;
}

interface Feed {
  readonly step: string;
  /** Said before the client says anything. */
  readonly greeting: string | undefined;
  readonly classify: (world: KotakNeoWorld, visit: Visit, frame: string) => FrameVerdict;
}

/** Order feed and market feed: reference section 7. */
const FEEDS: Readonly<Record<string, Feed>> = {
  "/realtime": { step: "order-feed", greeting: undefined, classify: judgeOrderFrame },
  "/apifeed": { step: "market-feed", greeting: marketGreeting, classify: judgeMarketFrame },
};

export interface Sockets {
  /** Takes the handshake over; a path that is no feed is answered 404. */
  upgrade(request: ReceivedRequest, raw: IncomingMessage, socket: Duplex, head: Buffer): void;
  close(): void;
}

export interface SocketsOptions {
  readonly broker: string;
  readonly listener: string;
  readonly journal: Journal;
  readonly world: KotakNeoWorld;
  readonly changed: () => void;
}

export function createSockets(options: SocketsOptions): Sockets {
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
      const { world } = options;
      const { path, remoteAddress } = upgrade;
      const body = parseJson(frame) ?? frame;
      const at = world.now();
      const arrival = {
        at,
        broker: options.broker,
        listener: options.listener,
        method: "FRAME",
        path,
        query: "",
        headers: {},
        body,
      };
      const entry = options.journal.open(arrival);
      const query = new URLSearchParams();
      const visit = openVisit(
        world,
        { method: "FRAME", path, query, headers: {}, body: Buffer.from(frame), json: body, remoteAddress, at, entry },
        feed.step,
      );
      if (open) {
        // Heartbeats every 30 s and subscriptions: taken as they come.
        entry.tell({ outcome: "accepted" });
        return;
      }
      const verdict = feed.classify(world, visit, frame);
      entry.tell({ outcome: verdict.refusal === undefined ? "accepted" : `refused: ${verdict.refusal}` });
      options.changed();
      open = verdict.refusal === undefined;
      client.send(verdict.reply);
      if (!open) client.close(1000);
    });
    if (feed.greeting !== undefined) client.send(feed.greeting);
  }
}
