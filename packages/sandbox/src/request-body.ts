import type { IncomingMessage } from "node:http";

/** What arrived of a body. "over": more than the cap, of which nothing is kept beyond it. "cut": the client went before the end. */
export interface RequestBody {
  readonly bytes: Buffer;
  readonly end: "complete" | "over" | "cut";
}

/** Reads to the end in any case, so that an answer about a body that is too long can still be sent. */
export function readBody(raw: IncomingMessage, cap: number): Promise<RequestBody> {
  return new Promise((resolve) => {
    const chunks: Buffer[] = [];
    let length = 0;
    raw.on("data", (chunk: Buffer) => {
      length += chunk.length;
      if (length <= cap) chunks.push(chunk);
    });
    raw.on("end", () => resolve({ bytes: Buffer.concat(chunks), end: length > cap ? "over" : "complete" }));
    raw.on("close", () => resolve({ bytes: Buffer.concat(chunks), end: "cut" }));
    raw.on("error", () => resolve({ bytes: Buffer.concat(chunks), end: "cut" }));
  });
}
