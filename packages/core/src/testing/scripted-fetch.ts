/** A request as the script saw it. */
export interface SentRequest {
  readonly method: string;
  readonly url: string;
  readonly path: string;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  /** The body as text; empty when there was none. */
  readonly body: string;
}

/** What the script answers: JSON by default, `text` for anything else, `fail` for a connection that breaks. */
export interface ScriptedAnswer {
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly json?: unknown;
  readonly text?: string;
  /** Rejects as fetch does: a TypeError whose cause has this system code, such as `ECONNREFUSED` or `ECONNRESET`. */
  readonly fail?: string;
}

export interface ScriptedFetch {
  readonly fetch: typeof fetch;
  readonly sent: readonly SentRequest[];
}

/**
 * A fetch that plays recorded answers in order and keeps what was sent. For checking bytes in both directions; the sandbox is the classify of
 * protocols. A request beyond the script rejects.
 */
export function scriptedFetch(
  ...answers: readonly (ScriptedAnswer | ((request: SentRequest) => ScriptedAnswer))[]
): ScriptedFetch {
  const sent: SentRequest[] = [];
  const play: typeof fetch = async (input, init) => {
    const request = new Request(input, init);
    request.signal.throwIfAborted();
    const seen: SentRequest = {
      method: request.method,
      url: request.url,
      path: new URL(request.url).pathname,
      headers: Object.fromEntries(request.headers),
      body: await request.text(),
    };
    const entry = answers[sent.length];
    sent.push(seen);
    if (entry === undefined)
      throw new Error(`the script has no answer for request ${sent.length}: ${seen.method} ${seen.path}`);
    const answer = typeof entry === "function" ? entry(seen) : entry;
    if (answer.fail !== undefined)
      throw new TypeError("fetch failed", {
        cause: Object.assign(new Error(answer.fail), {
          code: answer.fail,
          syscall: answer.fail === "ECONNREFUSED" ? "connect" : "read",
        }),
      });
    const body = answer.json === undefined ? (answer.text ?? null) : JSON.stringify(answer.json);
    const type = answer.json === undefined ? "text/html" : "application/json";
    return new Response(body, { status: answer.status ?? 200, headers: { "content-type": type, ...answer.headers } });
  };
  return { fetch: play, sent };
}
