// Refusals that hide in HTTP 200 are short. What is longer is data, and passes untouched.
const largestBytes = 65_536;

/**
 * Looks at a small JSON body without taking it away: gives a response whose body is still unread, and the parsed value, undefined where the
 * answer is not JSON or not small.
 */
export async function readVerdictBody(response: Response): Promise<[Response, unknown]> {
  const { body, headers } = response;
  // Refusals also come as plain text, or without any type.
  if (body === null || !/\bjson\b|^text\/plain\b|^$/i.test(headers.get("content-type") ?? ""))
    return [response, undefined];
  const declared = headers.get("content-length");
  if (Number(declared ?? 0) > largestBytes) return [response, undefined];
  // HTTP keeps a body to its declared length, so nothing has to be counted; only a compressed one grows after it was measured.
  if (/^\d+$/.test(declared ?? "") && !headers.has("content-encoding"))
    return seen(response, await response.arrayBuffer());
  const reader = body.getReader();
  const chunks: Uint8Array<ArrayBuffer>[] = [];
  let length = 0;
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return seen(response, joined(chunks, length));
    chunks.push(value);
    length += value.byteLength;
    if (length > largestBytes) return [again(response, rest(chunks, reader)), undefined];
  }
}

// Handed on as bytes: a copy of the response, or a blob, costs more than everything else in a request.
function seen(response: Response, bytes: ArrayBuffer): [Response, unknown] {
  return [again(response, bytes), parse(new TextDecoder().decode(bytes))];
}

function joined(chunks: readonly Uint8Array<ArrayBuffer>[], length: number): ArrayBuffer {
  const bytes = new Uint8Array(length);
  let at = 0;
  for (const chunk of chunks) {
    bytes.set(chunk, at);
    at += chunk.byteLength;
  }
  return bytes.buffer;
}

function again(response: Response, body: ArrayBuffer | ReadableStream<Uint8Array<ArrayBuffer>>): Response {
  const { status, statusText, headers, url } = response;
  const copy = new Response(body, { status, statusText, headers });
  // A constructed response has no address of its own, and programs log it.
  Object.defineProperty(copy, "url", { value: url });
  return copy;
}

function rest(
  chunks: readonly Uint8Array<ArrayBuffer>[],
  reader: ReadableStreamDefaultReader<Uint8Array<ArrayBuffer>>,
): ReadableStream<Uint8Array<ArrayBuffer>> {
  return new ReadableStream({
    start(controller) {
      for (const chunk of chunks) controller.enqueue(chunk);
    },
    async pull(controller) {
      const { done, value } = await reader.read();
      if (done) controller.close();
      else controller.enqueue(value);
    },
    cancel: (reason) => reader.cancel(reason),
  });
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
