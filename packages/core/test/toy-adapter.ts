import { BrokerAuthError } from "../src/errors/broker-auth-error.ts";
import { answerDate, type BrokerAnswer, type BrokerCallOptions, callBroker } from "../src/adapter-kit/broker-call.ts";
import type { Answer } from "../src/contract/challenge.ts";
import type { CredentialField } from "../src/contract/credential-field.ts";
import type { ProviderContext } from "../src/contract/provider-context.ts";
import type { LoginStep } from "../src/contract/login-step.ts";
import type { PendingLogin } from "../src/contract/pending-login.ts";
import type { BrokerAuthProvider } from "../src/contract/provider.ts";
import { isSecret, Secret, secret } from "../src/contract/secret.ts";
import { takeTotpCode } from "../src/adapter-kit/totp.ts";
import { unexaminedCall } from "../src/adapter-kit/unexamined-call.ts";

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

export const toyOrigin = "https://api.toy.example";

/** What holds for every call: the broker's name, and where its credentials may go. */
export const toyCalls: BrokerCallOptions = {
  broker: "toy",
  title: "Toy",
  policy: { domains: [".toy.example"], environment: "production" },
};

const fields: Readonly<Record<Exclude<keyof ToyAccount, "totpCode">, CredentialField>> = {
  user: { description: "who", secret: true, required: true },
  pin: { description: "PIN", secret: true, required: false, env: ["TOY_PIN"] },
  totpSecret: { description: "Base32", secret: true, required: false },
  deviceId: { description: "device", secret: false, required: false },
};

/** The adapter of the toy broker, over the real contract. It keeps every rule of the kit; what it leaves out is in the full toy. */
export function toy(): BrokerAuthProvider<"toy", ToyAccount, ToyCredentials, ToyTokens> {
  return {
    broker: "toy",
    specificationVersion: 1,
    traits: { verdictIn: "status" },
    fields,
    tokens: {
      version: 1,
      encode: ({ token }) => ({ token: token.reveal() }),
      decode(json) {
        const { token } = json as { token?: unknown };
        if (typeof token !== "string") throw new TypeError("this is no stored form of the toy's tokens");
        return { token: new Secret(token) };
      },
    },
    parseCredentials,
    identify: ({ user, pin: mpin, totp, deviceId }) => ({
      environment: "sandbox",
      identity: user.reveal(),
      asks: [...(totp === undefined ? (["otp"] as const) : []), ...(mpin === undefined ? (["mpin"] as const) : [])],
      deviceId,
      factors: {
        ...(mpin === undefined ? {} : { mpin: ofUser(user, mpin) }),
        ...(isSecret(totp) ? { totp: ofUser(user, totp) } : {}),
      },
    }),
    latestExpiry: (now) => now + 7 * 3_600_000,
    async begin(account, context) {
      if (account.totp === undefined) {
        await context.recordAttempt({ factor: "sms", step: "sms" });
        await send(context, "sms", {});
        return challenge("otp", undefined, account, context);
      }
      const code = await takeTotpCode(account.totp, "totp", context);
      const { ticket } = await send(context, "totp", { user: account.user, code });
      return pin(context, account, "pin", "ticket", textIn(ticket, "totp"));
    },
    answer,
    renew: async (renewal, account, context) => pin(context, account, "renew", "renewal", renewal.token.reveal()),
    authorize: ({ tokens }) => ({ origin: toyOrigin, headers: Object.freeze({ "x-token": tokens.token.reveal() }) }),
    serves: (address) => URL.canParse(address) && new URL(address).origin === toyOrigin,
    // The broker's own paths for a status that was asked for are reads as well.
    isRead: ({ method, path }) =>
      path === "/whoami" || (/^(GET|HEAD)$/.test(method) && /^\/(report|\d{3})$/.test(path)),
    classify: ({ status, path }) => {
      if (status === 440) return path === "/whoami" || path === "/order" ? { kind: "dead" } : { kind: "suspect" };
      if (status === 403)
        return { kind: "suspect", otherwise: { code: "permission_denied", message: "the broker denies this" } };
      if (status === 429)
        return { kind: "refused", refusal: { code: "rate_limited", message: "too fast", retryAfterMs: 1_000 } };
      return status >= 500
        ? { kind: "refused", refusal: { code: "broker_unavailable", message: "down" } }
        : { kind: "alive" };
    },
    async probe(session, _account, context) {
      const headers = { "x-token": session.tokens.token };
      const answered = await callBroker(
        { step: "probe", method: "GET", origin: toyOrigin, path: "/whoami", headers },
        toyCalls,
        context,
      );
      if (answered.status === 440) return "dead";
      if (answered.status === 403 && answered.body === "empty") return "refused";
      return answered.ok && answered.body === "json" ? "alive" : "unknown";
    },
    async serverTime(_account, context) {
      const at = answerDate(
        await callBroker({ step: "time", method: "GET", origin: toyOrigin, path: "/time" }, toyCalls, context),
      );
      if (at === undefined) throw unlike("time");
      return at + 500;
    },
  };
}

function parseCredentials(input: ToyAccount): ToyCredentials {
  const given: unknown = input;
  if (typeof given !== "object" || given === null || Array.isArray(given))
    throw misconfigured("account", "must be an object with user");
  const surplus = Object.keys(given).find((name) => !Object.hasOwn(fields, name) && name !== "totpCode");
  if (surplus !== undefined) throw misconfigured(surplus, "is not a field of a toy account");
  const user = textOf(input, "user");
  if (user === undefined) throw misconfigured("user", "is missing");
  const totp = input.totpCode ?? textOf(input, "totpSecret");
  return { user, pin: textOf(input, "pin"), totp, deviceId: textOf(input, "deviceId")?.reveal() };
}

async function answer(
  pending: PendingLogin,
  given: Answer,
  account: ToyCredentials,
  context: ProviderContext,
): Promise<LoginStep<ToyTokens>> {
  const ticket = unpack(pending, account, context);
  if (given.kind === "resend") return challenge("otp", undefined, account, context);
  if (given.kind !== pending.awaits) throw misconfigured(pending.awaits, "this is what the login waits for");
  const typed = new Secret(given.value);
  if (ticket !== undefined) {
    if (!/^\d{4}$/.test(given.value)) throw misconfigured("mpin", "must be four digits");
    return pin(context, account, "pin", "ticket", ticket, typed);
  }
  if (!/^\d{6}$/.test(given.value)) throw misconfigured("otp", "must be six digits");
  await context.recordAttempt({ factor: "otp", step: "otp", answer: typed });
  try {
    const accepted = await send(context, "otp", { otp: typed });
    return await pin(context, account, "pin", "ticket", textIn(accepted["ticket"], "otp"));
  } catch (error) {
    if (error instanceof BrokerAuthError && error.code === "otp_rejected")
      return { ...challenge("otp", undefined, account, context), refused: error };
    throw error;
  }
}

/** The last step: the PIN opens a session for a ticket or for a renewal. */
async function pin(
  context: ProviderContext,
  account: ToyCredentials,
  step: "pin" | "renew",
  key: "ticket" | "renewal",
  value: string,
  typed?: Secret,
): Promise<LoginStep<ToyTokens>> {
  const given = typed ?? account.pin;
  if (given === undefined) return challenge("mpin", value, account, context);
  await context.recordAttempt({
    factor: "mpin",
    step,
    ...(typed === undefined ? {} : { answer: ofUser(account.user, typed) }),
  });
  const { token, renewal, expiresAt } = await send(context, step, { [key]: value, pin: given });
  if (typeof expiresAt !== "number" || !(expiresAt > context.now())) throw unlike(step);
  const issuedAt = context.now();
  return {
    kind: "session",
    session: { tokens: { token: new Secret(textIn(token, step)) }, issuedAt, expiresAt, deviceId: context.deviceId },
    renewal: { token: new Secret(textIn(renewal, step)), issuedAt },
  };
}

async function send(
  context: ProviderContext,
  step: string,
  json: Record<string, string | Secret>,
): Promise<Record<string, unknown>> {
  const call = { step, method: "POST", origin: toyOrigin, path: `/${step}`, json, carriesFactor: true } as const;
  const answered = await callBroker(call, toyCalls, context);
  const body = (answered.json ?? {}) as Record<string, unknown>;
  if (!answered.ok || body["error"] !== undefined) throw refusal(step, answered, body, context.now());
  if (answered.body !== "json") throw unlike(step);
  return body;
}

function challenge(
  kind: "otp" | "mpin",
  ticket: string | undefined,
  { user }: ToyCredentials,
  context: ProviderContext,
): Extract<LoginStep<ToyTokens>, { kind: "challenge" }> {
  return {
    kind: "challenge",
    challenge: kind === "otp" ? { kind, sentTo: "phone ending in 01" } : { kind },
    pending: {
      version: 1,
      broker: "toy",
      environment: "sandbox",
      awaits: kind,
      createdAt: context.now(),
      expiresAt: context.now() + 600_000,
      state: { user: user.reveal(), ...(ticket === undefined ? {} : { ticket }) },
    },
  };
}

/** The ticket of a pending login that comes back; none while it waits for the OTP. */
function unpack(pending: PendingLogin, { user: owner }: ToyCredentials, context: ProviderContext): string | undefined {
  const { user, ticket } = (pending.state ?? {}) as { user?: unknown; ticket?: unknown };
  const readable = typeof user === "string" && pending.awaits === (ticket === undefined ? "otp" : "mpin");
  if (!readable || (ticket !== undefined && typeof ticket !== "string"))
    throw misconfigured("pending", "cannot be read; give back what the last step returned");
  const mine = pending.broker === "toy" && pending.environment === "sandbox" && user === owner.reveal();
  if (!mine || pending.version !== 1 || pending.expiresAt <= context.now())
    throw new BrokerAuthError("challenge_expired", "this pending login is over, or another account's", {
      broker: "toy",
    });
  return ticket;
}

// JSON would keep the parts apart for any user; this one has no space in it.
function ofUser(user: Secret, factor: Secret): Secret {
  return new Secret(`${user.reveal()} ${factor.reveal()}`);
}

function textOf(input: ToyAccount, field: keyof typeof fields): Secret | undefined {
  const value: unknown = input[field];
  if (value === undefined) return undefined;
  if (typeof value === "string" || isSecret(value)) return secret(value);
  throw misconfigured(field, "must be a text");
}

function textIn(value: unknown, step: string): string {
  if (typeof value === "string" && value !== "") return value;
  throw unlike(step);
}

function misconfigured(field: string, message: string): BrokerAuthError {
  return new BrokerAuthError("configuration", `${field}: ${message}`, { field });
}

function unlike(step: string): BrokerAuthError {
  return new BrokerAuthError("protocol_error", `${step}: the answer is none that is known`, { broker: "toy", step });
}

function refusal(step: string, answered: BrokerAnswer, body: Record<string, unknown>, now: number): BrokerAuthError {
  const facts = { broker: "toy", step, status: answered.status };
  const passed = unexaminedCall(answered, now);
  if (passed !== undefined)
    return new BrokerAuthError(passed.code, `${step}: turned away`, { ...facts, retryAfterMs: passed.retryAfterMs });
  if (answered.status >= 500) return new BrokerAuthError("outcome_unknown", `${step}: the broker failed`, facts);
  if (step === "renew" && answered.status === 440)
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
