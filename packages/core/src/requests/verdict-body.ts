import { isObject } from "../errors/argument.ts";
import { answerCopy } from "./answer-copy.ts";

// Refusals that hide in HTTP 200 are short. What is longer is data, and passes untouched.
const largestBytes = 65_536;
// And they come in one piece: what trickles is a stream, and its reader wants it as it comes.
const longestMs = 250;

type Chunk = Uint8Array<ArrayBuffer>;
type Read = Awaited<ReturnType<ReadableStreamDefaultReader<Chunk>["read"]>>;

/**
 * Looks at a small JSON object without taking it away: gives a response whose body is still unread, and the parsed value. What it is called does
 * not matter: gateways label refusals as pages. A body that begins otherwise is handed on at its first byte, with undefined; so is one that is
 * longer than 64 KiB, or not whole 250 ms after its first byte.
 */
export async function readVerdictBody(response: Response): Promise<[Response, unknown]> {
  const { body, headers } = response;
  const declared = headers.get("content-length");
  if (body === null || Number(declared ?? 0) > largestBytes) return [response, undefined];
  // HTTP keeps a body to its declared length, so its end need not be waited for; only a compressed one grows after it was measured.
  const whole = declared === null || headers.has("content-encoding") ? Number.NaN : Number(declared);
  const reader = body.getReader();
  const chunks: Chunk[] = [];
  const limit = timeLimit();
  let length = 0;
  try {
    for (;;) {
      const next = reader.read();
      const read = await limit.over(next);
      if (read === undefined) return [answerCopy(response, rest(chunks, reader, next)), undefined];
      if (read.done) return seen(response, joined(chunks, length));
      chunks.push(read.value);
      length += read.value.byteLength;
      if (length > largestBytes || !beginsAsObject(chunks))
        return [answerCopy(response, rest(chunks, reader)), undefined];
      if (length === whole) return seen(response, joined(chunks, length));
      limit.begin();
    }
  } finally {
    limit.end();
  }
}

interface TimeLimit {
  /** What is read in time, or undefined. Without limit until it has begun. */
  over(next: Promise<Read>): Promise<Read | undefined>;
  begin(): void;
  end(): void;
}

function timeLimit(): TimeLimit {
  let late: Promise<undefined> | undefined;
  let timer: ReturnType<typeof setTimeout> | undefined;
  return {
    over: (next) => (late === undefined ? next : Promise.race([next, late])),
    begin() {
      late ??= new Promise((resolve) => (timer = setTimeout(() => resolve(undefined), longestMs)));
    },
    end: () => clearTimeout(timer),
  };
}

// So far: nothing but space, or space and a brace. A byte order mark may come before.
function beginsAsObject(chunks: readonly Chunk[]): boolean {
  for (const chunk of chunks) {
    for (const byte of chunk) if (!isSpace(byte)) return byte === 0x7b;
  }
  return true;
}

// What JSON takes for space (RFC 8259, section 2), and the bytes of a byte order mark.
const spaces: ReadonlySet<number> = new Set([0x20, 0x09, 0x0a, 0x0d, 0xef, 0xbb, 0xbf]);

function isSpace(byte: number): boolean {
  return spaces.has(byte);
}

// Handed on as bytes: a copy of the response, or a blob, costs more than everything else in a request.
function seen(response: Response, bytes: Chunk): [Response, unknown] {
  return [answerCopy(response, bytes), parse(new TextDecoder().decode(bytes))];
}

function joined(chunks: readonly Chunk[], length: number): Chunk {
  const [only] = chunks;
  if (only?.byteLength === length) return only;
  const bytes = new Uint8Array(length);
  let at = 0;
  for (const chunk of chunks) {
    bytes.set(chunk, at);
    at += chunk.byteLength;
  }
  return bytes;
}

/** What was read already and then the rest; `pending` is a read that is under way. */
function rest(
  chunks: readonly Chunk[],
  reader: ReadableStreamDefaultReader<Chunk>,
  pending?: Promise<Read>,
): ReadableStream<Chunk> {
  return new ReadableStream({
    start(controller) {
      for (const chunk of chunks) controller.enqueue(chunk);
    },
    async pull(controller) {
      const next = pending ?? reader.read();
      pending = undefined;
      const { done, value } = await next;
      if (done) controller.close();
      else controller.enqueue(value);
    },
    cancel: (reason) => reader.cancel(reason),
  });
}

function parse(text: string): unknown {
  try {
    const value: unknown = JSON.parse(text);
    return isObject(value) ? value : undefined;
  } catch {
    return undefined;
  }
}
