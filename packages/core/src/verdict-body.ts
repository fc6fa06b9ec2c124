// Refusals that hide in HTTP 200 are short. What is longer is data, and passes untouched.
const largestBytes = 65_536;

/**
 * Looks at a small JSON body without taking it away: gives a response whose body is still unread, and the parsed value, undefined where the
 * answer is not JSON or not small.
 */
export async function readVerdictBody(response: Response): Promise<[Response, unknown]> {
  const { body, headers } = response;
  if (body === null || !/\bjson\b/i.test(headers.get("content-type") ?? "")) return [response, undefined];
  if (Number(headers.get("content-length") ?? 0) > largestBytes) return [response, undefined];
  const reader = body.getReader();
  const chunks: Uint8Array<ArrayBuffer>[] = [];
  for (let bytes = 0; ;) {
    const { done, value } = await reader.read();
    if (done) break;
    chunks.push(value);
    bytes += value.byteLength;
    if (bytes > largestBytes) return [again(response, rest(chunks, reader)), undefined];
  }
  const blob = new Blob(chunks);
  return [again(response, blob), parse(await blob.text())];
}

function again(response: Response, body: Blob | ReadableStream<Uint8Array<ArrayBuffer>>): Response {
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
