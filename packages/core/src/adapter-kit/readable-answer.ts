import { defaultFetch } from "./sending-fetch.ts";

export const unreadableMessage = "the answer of the given fetch cannot be read: it is no web Response";

/** What a person has to do about a fetch whose answers cannot be read. */
export const unreadableAction =
  "Give a fetch whose answers are web Responses, such as the platform's own or undici's; node-fetch and cross-fetch have streams of Node's in them.";

/** Whether what a fetch gave is a web Response whose body can be read piece by piece: the caps need that, and so does every look into it. */
export function isReadableAnswer(answer: unknown): answer is Response {
  const { status, headers, body } = (answer ?? {}) as { status?: unknown; headers?: unknown; body?: unknown };
  if (typeof status !== "number" || typeof (headers as Headers | undefined)?.get !== "function") return false;
  return body === null || typeof (body as ReadableStream | undefined)?.getReader === "function";
}

/** Fetch's own form of "no answer came", which a fetch of the user's may give in place of a rejection. @throws TypeError as fetch would */
export function requireAnswer(answer: unknown): void {
  if ((answer as { readonly type?: unknown } | undefined)?.type === "error") throw new TypeError("fetch failed");
}

const known = new WeakSet<typeof fetch>([defaultFetch]);

/** Takes note that an answer of this fetch could be read. */
export function noteReadable(given: typeof fetch): void {
  known.add(given);
}

/** Whether answers of this fetch are known to be readable: an attempt may be made with it. */
export function isKnownReadable(given: typeof fetch): boolean {
  return known.has(given);
}
