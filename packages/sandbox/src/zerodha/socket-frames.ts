import { isJsonObject, parseJson } from "../json.ts";

/** What a text frame asks for: the commands of the official client (npm kiteconnect 5.3.0, dist/lib/ticker.js). Undefined: no such command. */
export function readSocketCommand(text: string): "subscribe" | "unsubscribe" | "mode" | undefined {
  const json = parseJson(text);
  if (!isJsonObject(json)) return undefined;
  const { a: verb, v: value } = json;
  if (!Array.isArray(value)) return undefined;
  if (verb === "subscribe" || verb === "unsubscribe") return value.every(isInstrument) ? verb : undefined;
  const [mode, instruments] = value;
  const known = mode === "ltp" || mode === "quote" || mode === "full";
  return verb === "mode" && known && Array.isArray(instruments) && instruments.every(isInstrument) ? verb : undefined;
}

function isInstrument(value: unknown): boolean {
  return typeof value === "number" && Number.isInteger(value);
}

/** One tick of the mode `ltp`: a count of packets, the length of the first, its instrument, its price in paise. */
export function tickOf(instrument: number): Buffer {
  const bytes = Buffer.alloc(12);
  bytes.writeInt16BE(1, 0);
  bytes.writeInt16BE(8, 2);
  bytes.writeInt32BE(instrument, 4);
  bytes.writeInt32BE(10_100, 8);
  return bytes;
}

/** One byte, sent while there is nothing to tell. */
export const HEARTBEAT: Buffer = Buffer.of(0);
