import type { Json } from "../src/contract/json.ts";
import { Secret } from "../src/contract/secret.ts";
import { totpCode } from "../src/adapter-kit/totp-code.ts";
import { totpPeriodMs } from "../src/adapter-kit/totp-steps.ts";
import type { FakeClock } from "../src/testing/fake-clock.ts";
import { toyOrigin } from "./toy-adapter.ts";

export { toy, type ToyAccount, type ToyTokens } from "./toy-adapter.ts";

/** What the toy broker saw and did: it keeps its own truth, and tests ask it. */
export interface ToyBroker {
  readonly fetch: typeof fetch;
  /** Paths of all requests, in order. */
  readonly requests: string[];
  readonly pins: string[];
  readonly totpSteps: number[];
  readonly orders: string[];
  /** Sessions minted so far. */
  minted: number;
  pin: string;
  otp: string;
  /** Lifetime of what it mints, in milliseconds. */
  lifetimeMs: number;
  /** Whether a renewal is good once. Default false. */
  rotatesRenewals: boolean;
  /** Broker clock minus host clock. */
  clockOffsetMs: number;
  /** Plays an answer instead of the real one: a status, or a system code such as ECONNRESET. Consulted before the effect. */
  fault: ((path: string) => number | string | undefined) | undefined;
  /** Like `fault`, after the effect. */
  faultAfter: ((path: string) => number | string | undefined) | undefined;
  /** Makes a request wait before it has an effect, or its answer after it had one. */
  hold: ((path: string) => Promise<void> | undefined) | undefined;
  holdAfter: ((path: string) => Promise<void> | undefined) | undefined;
  /** Ends every session, as a login from elsewhere does. */
  evict(): void;
  endRenewals(): void;
}

/** The TOTP secret that every account of the toy broker is enrolled with. */
export const toyTotpSecret = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP";

/** A small exclusive broker behind a fetch: TOTP or SMS, then PIN, then a token; renewal by PIN. It is strict, and it remembers. */
export function toyBroker(clock: FakeClock): ToyBroker {
  const live = new Set<string>();
  const renewals = new Set<string>();
  const tickets = new Set<string>();
  let serial = 0;
  // Of this broker alone, so that nobody goes on at another one with what it gave.
  const mark = crypto.randomUUID().slice(0, 8);
  const state: ToyBroker = {
    fetch: play,
    requests: [],
    pins: [],
    totpSteps: [],
    orders: [],
    minted: 0,
    pin: "1234",
    otp: "246810",
    lifetimeMs: 7 * 3_600_000,
    rotatesRenewals: false,
    clockOffsetMs: 0,
    fault: undefined,
    faultAfter: undefined,
    hold: undefined,
    holdAfter: undefined,
    evict: () => live.clear(),
    endRenewals: () => renewals.clear(),
  };
  return state;

  async function play(input: string | URL | Request, init?: RequestInit): Promise<Response> {
    const request = input instanceof Request ? input : new Request(input, init);
    const signal = init?.signal ?? request.signal;
    const { pathname, origin } = new URL(request.url);
    if (origin !== toyOrigin) throw new Error("a request left for a foreign host");
    state.requests.push(pathname);
    await heldUp(state.hold?.(pathname), signal);
    const faulty = state.fault?.(pathname);
    fail(faulty);
    const [status, body] =
      typeof faulty === "number" ? [faulty, {}] : await answer(pathname, await request.text(), request.headers);
    await heldUp(state.holdAfter?.(pathname), signal);
    const after = state.faultAfter?.(pathname);
    fail(after);
    const date = new Date(clock.now() + state.clockOffsetMs).toUTCString();
    return Response.json(body, { status: typeof after === "number" ? after : status, headers: { date } });
  }

  async function answer(path: string, text: string, headers: Headers): Promise<[number, Json]> {
    const body = text.startsWith("{") ? (JSON.parse(text) as Record<string, string>) : {};
    switch (path) {
      case "/time":
        return [200, {}];
      case "/totp": {
        const now = Math.floor((clock.now() + state.clockOffsetMs) / totpPeriodMs);
        const codes = await Promise.all([now - 1, now, now + 1].map(codeOf));
        const step = now - 1 + codes.indexOf(body["code"] ?? "");
        if (step < now - 1 || state.totpSteps.includes(step)) return [400, { error: "totp" }];
        state.totpSteps.push(step);
        return ticket();
      }
      case "/sms":
        return [200, {}];
      case "/otp":
        return body["otp"] === state.otp ? ticket() : [400, { error: "otp", left: 3 }];
      case "/pin":
        if (!tickets.delete(body["ticket"] ?? "")) return [400, { error: "ticket" }];
        return mint(body["pin"]);
      case "/renew":
        return renew(body["renewal"], body["pin"]);
      case "/token":
        return renew(body["renewal"], state.pin);
      case "/whoami":
        return live.has(headers.get("x-token") ?? "") ? [200, { ok: true }] : [440, {}];
      case "/feed":
        return live.has(headers.get("x-token") ?? "") ? [200, { url: "wss://feed.toy.example/" }] : [440, {}];
      case "/logout":
        return live.delete(headers.get("x-token") ?? "") ? [200, { ok: true }] : [440, {}];
      case "/order":
        if (!live.has(headers.get("x-token") ?? "")) return [440, {}];
        state.orders.push(text);
        return [200, { ok: true }];
      case "/report":
        return [440, {}];
      default:
        return [Number(path.slice(1)) || 404, {}];
    }
  }

  function ticket(): [number, Json] {
    const value = `ticket-${mark}-${++serial}`;
    tickets.add(value);
    return [200, { ticket: value }];
  }

  // A wrong PIN does not use it up.
  function renew(renewal: string | undefined, pin: string | undefined): [number, Json] {
    if (!renewals.has(renewal ?? "")) return [440, {}];
    if (state.rotatesRenewals && pin === state.pin) renewals.delete(renewal ?? "");
    return mint(pin);
  }

  function mint(pin: string | undefined): [number, Json] {
    state.pins.push(pin ?? "");
    if (pin !== state.pin) return [400, { error: "pin" }];
    state.minted += 1;
    live.clear();
    const token = `token-${mark}-${++serial}`;
    const renewal = `renewal-${mark}-${serial}`;
    live.add(token);
    renewals.add(renewal);
    return [200, { token, renewal, expiresAt: clock.now() + state.clockOffsetMs + state.lifetimeMs }];
  }
}

// One secret for all accounts of all toy brokers: each code is worked out once.
const codesByStep = new Map<number, Promise<string>>();

function codeOf(step: number): Promise<string> {
  const known = codesByStep.get(step) ?? totpCode(new Secret(toyTotpSecret), step);
  codesByStep.set(step, known);
  return known;
}

async function heldUp(gate: Promise<void> | undefined, signal: AbortSignal): Promise<void> {
  if (gate === undefined) return;
  signal.throwIfAborted();
  const gone = new Promise<never>((_, reject) => {
    signal.addEventListener("abort", () => reject(signal.reason as Error), { once: true });
  });
  await Promise.race([gate, gone]);
}

function fail(code: number | string | undefined): void {
  if (typeof code === "string")
    throw new TypeError("fetch failed", {
      cause: Object.assign(new Error(code), { code, syscall: code === "ECONNREFUSED" ? "connect" : "read" }),
    });
}
