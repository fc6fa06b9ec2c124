import type { BrokerAuthError } from "../../errors/broker-auth-error.ts";
import type { ProviderTestEnvironment } from "./test-environment.ts";
import { check, type Outcome, outcomeOf, same } from "./expectation.ts";
import type { Login } from "./login.ts";
import { type Route, routesOf, setOut } from "./route.ts";
import type { Play, SeenRequest, Witness } from "./witness.ts";

/** Something that goes wrong with one call. */
export interface Disturbance {
  /** Goes on after "with". */
  readonly name: string;
  readonly play: Play;
  /** Of the whole login or renewal. */
  readonly signal?: AbortSignal;
}

/** A login or a renewal with one call of it disturbed. */
export interface Trial {
  /** For messages, such as `byHand, POST /pin with 500`. */
  readonly name: string;
  readonly route: Route;
  readonly disturbance: Disturbance;
  readonly test: ProviderTestEnvironment;
  readonly witness: Witness;
  /** Which call was disturbed, from 0. */
  readonly nth: number;
  /** The same call where nothing is disturbed. */
  readonly clean: SeenRequest;
  readonly outcome: Outcome<Login>;
}

/**
 * Disturbs each call of each way to log in, and of a renewal, each time on a fresh broker.
 * @param make undefined: this call is left in peace
 */
export async function disturbLogins(
  test: ProviderTestEnvironment,
  open: () => Promise<ProviderTestEnvironment>,
  makes: readonly ((clean: SeenRequest, route: Route) => Disturbance | undefined)[],
  classify: (trial: Trial) => void,
): Promise<void> {
  for (const route of routesOf(test)) {
    const whole = await setOut(await open(), route);
    // Another rule says so where nothing is handed over that could be renewed.
    if (whole === undefined) continue;
    await whole.run();
    for (const [nth, clean] of whole.witness.requests.entries()) {
      for (const make of makes) {
        const disturbance = make(clean, route);
        if (disturbance === undefined) continue;
        const { name, play, signal } = disturbance;
        const fresh = await open();
        const trip = await setOut(fresh, route, {
          ...(signal && { signal }),
          play: (index) => (index === nth ? play : undefined),
        });
        if (trip === undefined) continue;
        const what = `${route}, ${clean.line} with ${name}`;
        const outcome = await outcomeOf(trip.run, what);
        classify({ name: what, route, disturbance, test: fresh, witness: trip.witness, nth, clean, outcome });
      }
    }
  }
}

/** The error that a disturbed call ends in, at once: no further call is made. */
export function errorOf({ outcome, name, witness, nth }: Trial): BrokerAuthError {
  check("error" in outcome, `${name}: found a session, expected an error`);
  same(witness.requests.length, nth + 1, `the number of calls up to ${name}`);
  return outcome.error;
}

/** An answer in place of the broker's. @param body a text is sent as a page, anything else as JSON */
export function answering(
  status: number,
  body: unknown = {},
  more: Readonly<Record<string, string>> = {},
): () => Response {
  const isPage = typeof body === "string";
  const headers = { "content-type": isPage ? "text/html; charset=utf-8" : "application/json", ...more };
  return () => new Response(isPage ? body : JSON.stringify(body), { status, headers });
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
