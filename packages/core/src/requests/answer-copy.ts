type AnswerBody = Uint8Array<ArrayBuffer> | ReadableStream<Uint8Array<ArrayBuffer>>;

/** The same answer with another body: status, reason phrase, headers and address as they came, also in its clones. */
export function answerCopy(response: Response, body: AnswerBody): Response {
  const { status, statusText, headers } = response;
  const copy = isConstructible(response)
    ? new Response(body, { status, statusText, headers })
    : new Response(body, { headers });
  return posing(copy, response);
}

// What the platform's own fetch takes from a server, and its constructor of responses refuses: a status such as 999, a reason phrase in the
// server's language.
function isConstructible({ status, statusText }: Response): boolean {
  if (status < 200 || status > 599 || status === 204 || status === 205 || status === 304) return false;
  return /^[\t\x20-\x7e\x80-\xff]*$/.test(statusText);
}

// A constructed response has no address of its own, and programs log it.
function posing(copy: Response, original: Response): Response {
  const { status, statusText, ok, url, type } = original;
  return Object.defineProperties(copy, {
    status: { value: status },
    statusText: { value: statusText },
    ok: { value: ok },
    url: { value: url },
    type: { value: type },
    clone: { value: () => posing(Response.prototype.clone.call(copy), original) },
  });
}
