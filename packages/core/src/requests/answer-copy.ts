type AnswerBody = Uint8Array<ArrayBuffer> | ReadableStream<Uint8Array<ArrayBuffer>>;

/** The same answer with another body: status, reason phrase, headers and address as they came, also in its clones. */
export function answerCopy(response: Response, body: AnswerBody): Response {
  const { status, statusText, headers } = response;
  if (isConstructible(response)) return posing(new Response(body, { status, statusText, headers }), response);
  const { ok } = response;
  const told = { status: { value: status }, statusText: { value: statusText }, ok: { value: ok } };
  return posing(new Response(body, { headers }), response, told);
}

// What the platform's own fetch takes from a server, and its constructor of responses refuses: a status such as 999, a reason phrase in the
// server's language.
function isConstructible({ status, statusText }: Response): boolean {
  if (status < 200 || status > 599 || status === 204 || status === 205 || status === 304) return false;
  return /^[\t\x20-\x7e\x80-\xff]*$/.test(statusText);
}

// A constructed response has no address of its own, and programs log it.
function posing(copy: Response, original: Response, told: PropertyDescriptorMap = {}): Response {
  const { url, type } = original;
  return Object.defineProperties(copy, {
    ...told,
    url: { value: url },
    type: { value: type },
    clone: { value: () => posing(Response.prototype.clone.call(copy), original, told) },
  });
}
