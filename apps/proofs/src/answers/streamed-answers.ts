import { setTimeout as pause } from "node:timers/promises";
import type { TestAuth } from "@x/test-environment";
import { type Facts, faults, highest, total } from "../harness/proof.ts";
import type { AnswerRelay } from "./answer-relay.ts";
import type { Name, RelayedBrokers } from "./relayed-brokers.ts";

/** A body that goes on for as long as its reader wants: the second piece leaves when the first one has been read. */
interface Stream {
  readonly what: string;
  readonly type: string;
  readonly first: string;
}

const streams: readonly Stream[] = [
  { what: "lines of text", type: "text/plain", first: "first\n" },
  { what: "a list", type: "application/json", first: '[{"ltp":1},' },
  { what: "events", type: "text/event-stream", first: 'data: {"ltp":1}\n\n' },
  { what: "lines of JSON", type: "application/x-ndjson", first: '{"ltp":1}\n' },
  { what: "bytes", type: "application/octet-stream", first: "\u0001\u0002\u0003" },
  { what: "a CSV", type: "text/csv", first: "symbol,ltp\n" },
];

// A stream that waits for its end never gives the first piece, because the second one waits for that: given up after this.
const patienceMs = 5_000;

/** What came of them: the longest that a first piece took is told for what begins as an object, and for everything else. */
export async function readStreams(brokers: RelayedBrokers): Promise<Facts> {
  const found = {
    streams: total("streams"),
    held: faults("first bytes held back"),
    other: highest("ms at most to the first byte"),
    object: highest("ms of what begins as an object"),
  };
  for (const name of ["main", "hedge"] as const) {
    await using program = brokers.program();
    await program.auth.session(name);
    for (const stream of streams) {
      const tookMs = await firstPiece(name === "main" ? brokers.nubra : brokers.trading, stream, program.auth, name);
      found.streams.add(1);
      if (tookMs === undefined) found.held.add(`${name}, ${stream.what}`);
      found[stream.first.startsWith("{") ? "object" : "other"].add(Math.round(tookMs ?? patienceMs));
    }
    brokers.test.clock.advance(31_000);
  }
  return found;
}

/** How long the first piece took to arrive, or undefined where it only came with the end. */
async function firstPiece(
  relay: AnswerRelay,
  { type, first }: Stream,
  auth: TestAuth,
  name: Name,
): Promise<number | undefined> {
  const taken = Promise.withResolvers<"taken">();
  relay.play = (path, response) => {
    if (path !== "/stream") return false;
    response.writeHead(200, { "content-type": type });
    response.write(first);
    void Promise.race([taken.promise, pause(patienceMs, "late", { ref: false })]).then((why) =>
      response.end(why === "taken" ? "rest" : "late"),
    );
    return true;
  };
  const began = performance.now();
  const { body } = await auth.fetch(name, "/stream");
  let text = "";
  let tookMs = 0;
  for await (const piece of body!.pipeThrough(new TextDecoderStream())) {
    tookMs ||= performance.now() - began;
    taken.resolve("taken");
    text += piece;
  }
  relay.play = undefined;
  return text === `${first}rest` ? tookMs : undefined;
}
