import type { ProviderBench } from "./bench.ts";
import { type Outcome, outcomeOf } from "./expectation.ts";
import { type Login, logIn, waysOf } from "./login.ts";
import { type Play, type SeenRequest, watch, type Witness } from "./witness.ts";

/** Something that goes wrong with one call. */
export interface Disturbance {
  /** Goes on after "with". */
  readonly name: string;
  readonly play: Play;
  /** Of the whole login. */
  readonly signal?: AbortSignal;
}

/** A login with one call of it disturbed. */
export interface Trial {
  /** For messages, such as `byHand, POST /pin with 500`. */
  readonly name: string;
  readonly bench: ProviderBench;
  readonly witness: Witness;
  /** Which call was disturbed, from 0. */
  readonly nth: number;
  /** The same call in a login that nothing disturbs. */
  readonly clean: SeenRequest;
  readonly outcome: Outcome<Login>;
}

/** Disturbs each call of each way to log in, each time on a fresh broker. @param make undefined: this call is left in peace */
export async function disturbLogins(
  bench: ProviderBench,
  open: () => Promise<ProviderBench>,
  makes: readonly ((clean: SeenRequest) => Disturbance | undefined)[],
  judge: (trial: Trial) => void,
): Promise<void> {
  for (const way of waysOf(bench)) {
    const whole = await open();
    const { io, requests } = watch(whole);
    await logIn(whole, io, { way });
    for (const [nth, clean] of requests.entries()) {
      for (const make of makes) {
        const disturbance = make(clean);
        if (disturbance === undefined) continue;
        const { name, play, signal } = disturbance;
        const fresh = await open();
        const witness = watch(fresh, {
          ...(signal && { signal }),
          play: (index) => (index === nth ? play : undefined),
        });
        const what = `${way}, ${clean.line} with ${name}`;
        const outcome = await outcomeOf(() => logIn(fresh, witness.io, { way }), what);
        judge({ name: what, bench: fresh, witness, nth, clean, outcome });
      }
    }
  }
}

/** An answer in place of the broker's. @param body a text is sent as a page, anything else as JSON */
export function answering(status: number, body: unknown = {}): () => Response {
  const isPage = typeof body === "string";
  const type = isPage ? "text/html; charset=utf-8" : "application/json";
  return () => new Response(isPage ? body : JSON.stringify(body), { status, headers: { "content-type": type } });
}

/** The broker's own answer with other headers or another text. */
export function altering(change: {
  readonly text?: (text: string) => string;
  readonly date?: string | undefined;
}): Play {
  return async (_request, pass) => {
    const answer = await pass();
    const text = (change.text ?? String)(await answer.text());
    const headers = new Headers([...answer.headers].filter(([name]) => !/^content-(length|encoding)$/.test(name)));
    if ("date" in change) {
      headers.delete("date");
      if (change.date !== undefined) headers.set("date", change.date);
    }
    return new Response(text === "" ? null : text, { status: answer.status, headers });
  };
}

/** A connection that breaks as in Node. The library's own error carries the request, as many do. */
export function breaking(code: "ECONNREFUSED" | "ECONNRESET"): Play {
  return ({ content, url }) => {
    const syscall = code === "ECONNREFUSED" ? "connect" : "read";
    const cause = Object.assign(new Error(`${syscall} ${code}`), { code, syscall });
    throw Object.assign(new TypeError(`fetch failed: ${url.href} ${content}`, { cause }), { request: { content } });
  };
}
