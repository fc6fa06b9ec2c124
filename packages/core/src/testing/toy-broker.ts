import type { Answer } from "../challenge.ts";
import { BrokerAuthError } from "../broker-auth-error.ts";
import { type BrokerAnswer, callBroker } from "../broker-call.ts";
import type { Io } from "../io.ts";
import type { Json } from "../json.ts";
import type { LoginStep } from "../login-step.ts";
import type { PendingLogin } from "../pending-login.ts";
import type { BrokerAuthProvider } from "../provider.ts";
import { isSecret, Secret, secret } from "../secret.ts";
import { takeTotpCode, totpCode, totpPeriodMs } from "../totp.ts";
import type { FakeClock } from "./fake-clock.ts";

/** An account at the toy broker. Without a TOTP secret the login sends an SMS. A configuration that was parsed holds secrets. */
export interface ToyAccount {
  readonly user: string | Secret;
  readonly pin?: string | Secret;
  readonly totpSecret?: string | Secret;
  /** A code source, in place of the secret. */
  readonly totpCode?: () => string | Promise<string>;
  readonly deviceId?: string;
}

/** The checked form of an account. */
export interface ToyCredentials {
  readonly user: Secret;
  readonly pin: Secret | undefined;
  readonly totp: Secret | (() => string | Promise<string>) | undefined;
  readonly deviceId: string | undefined;
}

export interface ToyTokens {
  readonly token: Secret;
}

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

const origin = "https://api.toy.example";

/** The TOTP secret that every account of the toy broker is enrolled with. */
export const toyTotpSecret = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP";

/** A small exclusive broker behind a fetch: TOTP or SMS, then PIN, then a token; renewal by PIN. It is strict, and it remembers. */
export function toyBroker(clock: FakeClock): ToyBroker {
  const live = new Set<string>();
  const renewals = new Set<string>();
  const tickets = new Set<string>();
  let serial = 0;
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
    const request = new Request(input, init);
    const { pathname } = new URL(request.url);
    if (new URL(request.url).origin !== origin) throw new Error("a request left for a foreign host");
    state.requests.push(pathname);
    await heldUp(state.hold?.(pathname), request.signal);
    const faulty = state.fault?.(pathname);
    fail(faulty);
    const [status, body] =
      typeof faulty === "number" ? [faulty, {}] : await answer(pathname, await request.text(), request.headers);
    await heldUp(state.holdAfter?.(pathname), request.signal);
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
        const codes = await Promise.all(
          [now - 1, now, now + 1].map((step) => totpCode(new Secret(toyTotpSecret), step)),
        );
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
        return renewals.has(body["renewal"] ?? "") ? mint(body["pin"]) : [440, {}];
      case "/whoami":
        return live.has(headers.get("x-token") ?? "") ? [200, { ok: true }] : [440, {}];
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
    const value = `ticket-${++serial}`;
    tickets.add(value);
    return [200, { ticket: value }];
  }

  function mint(pin: string | undefined): [number, Json] {
    state.pins.push(pin ?? "");
    if (pin !== state.pin) return [400, { error: "pin" }];
    state.minted += 1;
    live.clear();
    const token = `token-${++serial}`;
    const renewal = `renewal-${serial}`;
    live.add(token);
    renewals.add(renewal);
    return [200, { token, renewal, expiresAt: clock.now() + state.clockOffsetMs + state.lifetimeMs }];
  }
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

/** The adapter of the toy broker, over the real contract. */
export function toy(): BrokerAuthProvider<"toy", ToyAccount, ToyCredentials, ToyTokens> {
  const policy = { domains: [".toy.example"], loopback: false };

  async function send(
    io: Io,
    step: string,
    json: Record<string, string | Secret>,
    carriesFactor: boolean,
  ): Promise<Record<string, unknown>> {
    const answer = await callBroker(
      { step, method: "POST", url: `${origin}/${step}`, json, carriesFactor },
      { broker: "toy", policy },
      io,
    );
    const body = (answer.json ?? {}) as Record<string, unknown>;
    if (!answer.ok) throw refusal(step, answer, body);
    return body;
  }

  async function pin(
    io: Io,
    account: ToyCredentials,
    step: string,
    key: string,
    value: string,
    typed?: Secret,
  ): Promise<LoginStep<ToyTokens>> {
    const given = typed ?? account.pin;
    if (given === undefined) return challenge("mpin", { ticket: value }, io);
    await io.spend({ factor: "mpin", step, ...(typed === undefined ? {} : { answer: typed }) });
    const body = await send(io, step, { [key]: value, pin: given }, true);
    return {
      kind: "session",
      session: {
        tokens: { token: new Secret(String(body["token"])) },
        issuedAt: io.now(),
        expiresAt: Number(body["expiresAt"]),
        deviceId: io.deviceId,
      },
      renewal: { token: new Secret(String(body["renewal"])), issuedAt: io.now() },
    };
  }

  return {
    broker: "toy",
    traits: { sessions: "exclusive", verdictIn: "status" },
    fields: {
      user: { description: "who", secret: true, required: true },
      pin: { description: "PIN", secret: true, required: false, env: ["TOY_PIN"] },
      totpSecret: { description: "Base32", secret: true, required: false },
      deviceId: { description: "device", secret: false, required: false },
    },
    tokens: {
      version: 1,
      encode: ({ token }) => ({ token: token.reveal() }),
      decode: (json) => ({ token: new Secret((json as { token: string }).token) }),
    },
    parseCredentials(input) {
      const user = textOf(input, "user");
      if (user === undefined) throw new BrokerAuthError("configuration", "user: is missing", { field: "user" });
      const totp = input.totpCode ?? textOf(input, "totpSecret");
      return { user, pin: textOf(input, "pin"), totp, deviceId: input.deviceId };
    },
    identify: ({ user, pin: mpin, totp, deviceId }) => ({
      environment: "production",
      identity: user.reveal(),
      asks: [...(totp === undefined ? (["otp"] as const) : []), ...(mpin === undefined ? (["mpin"] as const) : [])],
      deviceId,
      factors: {
        ...(mpin === undefined ? {} : { mpin: new Secret(`${user.reveal()} ${mpin.reveal()}`) }),
        ...(isSecret(totp) ? { totp: new Secret(`${user.reveal()} ${totp.reveal()}`) } : {}),
      },
    }),
    reach: (now) => now + 7 * 3_600_000,
    async begin(account, io) {
      if (account.totp === undefined) {
        await io.spend({ factor: "sms", step: "sms" });
        await send(io, "sms", {}, true);
        return challenge("otp", {}, io);
      }
      const code = await takeTotpCode(account.totp, "totp", io);
      const { ticket } = await send(io, "totp", { user: account.user, code }, true);
      return pin(io, account, "pin", "ticket", String(ticket));
    },
    async answer(pending: PendingLogin, answer: Answer, account, io) {
      if (answer.kind === "resend") return challenge("otp", {}, io);
      const state = pending.state as { ticket?: string };
      if (pending.awaits === "mpin")
        return pin(io, account, "pin", "ticket", state.ticket ?? "", new Secret(answer.value));
      if (!/^\d{6}$/.test(answer.value))
        throw new BrokerAuthError("configuration", "otp: must be six digits", { field: "otp" });
      await io.spend({ factor: "otp", step: "otp", answer: new Secret(answer.value) });
      try {
        const { ticket } = await send(io, "otp", { otp: answer.value }, true);
        return await pin(io, account, "pin", "ticket", String(ticket));
      } catch (error) {
        if (error instanceof BrokerAuthError && error.code === "otp_rejected")
          return { ...challenge("otp", {}, io), refused: error };
        throw error;
      }
    },
    renew: async (renewal, account, io) => pin(io, account, "renew", "renewal", renewal.token.reveal()),
    authorize: ({ tokens }) => ({ origin, headers: Object.freeze({ "x-token": tokens.token.reveal() }) }),
    isRead: ({ path }) => path === "/whoami",
    judge: ({ status, path }) => {
      if (status === 440) return path === "/whoami" || path === "/order" ? { kind: "dead" } : { kind: "suspect" };
      if (status === 403)
        return { kind: "suspect", otherwise: { code: "permission_denied", message: "the broker denies this" } };
      if (status === 429)
        return { kind: "refused", refusal: { code: "rate_limited", message: "too fast", retryAfterMs: 1_000 } };
      return status >= 500
        ? { kind: "refused", refusal: { code: "broker_unavailable", message: "down" } }
        : { kind: "alive" };
    },
    async probe(session, _account, io) {
      const headers = { "x-token": session.tokens.token };
      const { status } = await callBroker(
        { step: "probe", method: "GET", url: `${origin}/whoami`, headers },
        { broker: "toy", policy },
        io,
      );
      return status === 200 ? "alive" : status === 440 ? "dead" : "unknown";
    },
    async serverTime(_account, io) {
      const answer = await callBroker(
        { step: "time", method: "GET", url: `${origin}/time` },
        { broker: "toy", policy },
        io,
      );
      return Date.parse(answer.header("date") ?? "") + 500;
    },
  };
}

function textOf(input: ToyAccount, field: "user" | "pin" | "totpSecret"): Secret | undefined {
  const value: unknown = input[field];
  if (value === undefined) return undefined;
  if (typeof value === "string" || isSecret(value)) return secret(value);
  throw new BrokerAuthError("configuration", `${field}: must be a text`, { field });
}

function challenge(kind: "otp" | "mpin", state: Json, io: Io): Extract<LoginStep<ToyTokens>, { kind: "challenge" }> {
  return {
    kind: "challenge",
    challenge: kind === "otp" ? { kind, sentTo: "phone ending in 01" } : { kind },
    pending: {
      version: 1,
      broker: "toy",
      environment: "production",
      awaits: kind,
      createdAt: io.now(),
      expiresAt: io.now() + 600_000,
      state,
    },
  };
}

function refusal(step: string, answer: BrokerAnswer, body: Record<string, unknown>): BrokerAuthError {
  const facts = { broker: "toy", step, status: answer.status };
  if (answer.status >= 500) return new BrokerAuthError("outcome_unknown", `${step}: the broker failed`, facts);
  if (answer.status === 429) return new BrokerAuthError("rate_limited", `${step}: too fast`, facts);
  if (step === "renew" && answer.status === 440)
    return new BrokerAuthError("session_expired", "the renewal is over", facts);
  switch (body["error"]) {
    case "totp":
      return new BrokerAuthError("totp_rejected", "the code was refused", facts);
    case "otp":
      return new BrokerAuthError("otp_rejected", "the OTP was refused", {
        ...facts,
        attemptsLeft: Number(body["left"]),
      });
    case "pin":
      return new BrokerAuthError("pin_rejected", "the PIN was refused", facts);
    default:
      return new BrokerAuthError("challenge_expired", "the ticket is gone", facts);
  }
}
