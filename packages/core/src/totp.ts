import { BrokerAuthError, isBrokerAuthError } from "./broker-auth-error.ts";
import type { Io } from "./io.ts";
import { Secret } from "./secret.ts";
import { totpCode } from "./totp-code.ts";

/** Length of a TOTP time step in milliseconds: both brokers use the common profile of 30 s, six digits, SHA-1. */
export const totpPeriodMs = 30_000;

// Less than this before the boundary a code may arrive in the next step (nubra.md section 9.7, kotak-neo.md section 9.6).
const endMarginMs = 3_000;
// The broker's clock is known to about half a second, and its step may begin that much later than ours.
const startMarginMs = 1_000;
// A step that lies further ahead than this was written with a clock that has since gone back.
const longestWaitMs = 95_000;
// How often a slow source or a slow store is tried before that is reported.
const longestTrying = 3;

/** Where the codes of a login come from: a shared secret, or a function that asks something else for the current six digits. */
export type TotpSource = Secret | (() => string | Promise<string>);

/**
 * Checks a TOTP secret as people copy it: Base32 with spaces, dashes, padding or in lower case, or a whole `otpauth://` address.
 * @throws BrokerAuthError `configuration` naming the field when it is malformed or shorter than 80 bits
 */
export function parseTotpSecret(input: string | Secret, field: string, broker: string): Secret {
  const fail = (message: string): never => {
    throw new BrokerAuthError("configuration", `${field}: ${message}`, { field, broker });
  };
  const given = typeof input === "string" ? input : input.reveal();
  const address =
    given.trim().startsWith("otpauth://") && URL.canParse(given.trim()) ? new URL(given.trim()) : undefined;
  if (address !== undefined && !isCommonProfile(address))
    return fail("is for other codes than this broker's: six digits, every 30 seconds, by SHA-1");
  const text = address === undefined ? given : (address.searchParams.get("secret") ?? "");
  const secret = text.replaceAll(/[\s-]/g, "").replace(/=+$/, "").toUpperCase();
  if (secret === "") return fail("is empty; give the Base32 secret that the broker showed at TOTP enrolment");
  if (!/^[A-Z2-7]+$/.test(secret))
    return fail("is not Base32: only the letters A to Z and the digits 2 to 7 may occur");
  if (secret.length < 16)
    return fail("is too short: a TOTP secret has at least 16 Base32 characters; a six-digit code is not the secret");
  if (![0, 2, 4, 5, 7].includes(secret.length % 8))
    return fail("is incomplete: this number of Base32 characters cannot occur");
  if (secret.length > 103)
    return fail("is too long: a TOTP secret has at most 64 bytes, which are 103 Base32 characters");
  return new Secret(withoutSpareBits(secret));
}

function isCommonProfile({ host, searchParams: given }: URL): boolean {
  const is = (name: string, value: string): boolean => (given.get(name) ?? value).toUpperCase() === value;
  return host.toLowerCase() === "totp" && is("digits", "6") && is("period", "30") && is("algorithm", "SHA1");
}

// The last character may carry bits that belong to no byte. Authenticators drop them, and two spellings of one secret are one secret: refused
// once, refused both.
function withoutSpareBits(secret: string): string {
  const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
  const spareBits = (secret.length * 5) % 8;
  const last = alphabet.indexOf(secret.at(-1) ?? "");
  return secret.slice(0, -1) + alphabet.charAt((last >> spareBits) << spareBits);
}

/**
 * Takes the next usable code, spends its time step, and returns the code to be sent at once. Waits for the next step when this one was used
 * already, ends within three seconds or began less than a second ago.
 * @throws BrokerAuthError `clock_skew` when the last used step lies far ahead: the clock has gone back
 */
export async function takeTotpCode(source: TotpSource, step: string, io: Io): Promise<string> {
  for (let tries = 0; tries < longestTrying; tries++) {
    await waitForTotpStep(io);
    const totpStep = Math.floor(io.now() / totpPeriodMs);
    const given = typeof source === "function" ? parseTotpCode(await askSource(source)) : undefined;
    // The step went by while the source was asked: nobody knows which step the code is of, so it is not used.
    if (!isUsable(totpStep, io)) continue;
    const code = given ?? (await totpCode(source as Secret, totpStep));
    const from = given === undefined ? {} : ({ answer: new Secret(given), from: "source" } as const);
    await io.spend({ factor: "totp", step, totpStep, ...from });
    // Writing it down may have taken its time. Nothing has left yet, so the next step's code is the better one.
    if (isUsable(totpStep, io)) return code;
  }
  throw new BrokerAuthError("needs_input", "getting a TOTP code takes longer than the code lives; nothing was sent", {
    challenge: "totp",
    action: "See what holds up the store or the source of the code.",
  });
}

function isUsable(totpStep: number, io: Io): boolean {
  const now = io.now();
  return Math.floor(now / totpPeriodMs) === totpStep && totpPeriodMs - (now % totpPeriodMs) >= endMarginMs;
}

async function askSource(source: () => string | Promise<string>): Promise<string> {
  try {
    return await source();
  } catch (cause) {
    if (isBrokerAuthError(cause)) throw cause;
    throw new BrokerAuthError("needs_input", "the TOTP code source failed; nothing was sent", {
      challenge: "totp",
      cause,
    });
  }
}

/**
 * Checks a code that a person or a code source gave: six digits, spaces between them forgiven.
 * @throws BrokerAuthError `configuration`
 */
export function parseTotpCode(input: unknown): string {
  const code = typeof input === "string" ? input.replaceAll(/\s/g, "") : "";
  if (!/^\d{6}$/.test(code))
    throw new BrokerAuthError("configuration", "totp: the code must be six digits, given as a string", {
      field: "totp",
    });
  return code;
}

async function waitForTotpStep(io: Io): Promise<void> {
  for (;;) {
    const now = io.now();
    const step = Math.floor(now / totpPeriodMs);
    const used = step <= io.lastTotpStep;
    const intoStepMs = now - step * totpPeriodMs;
    if (!used && intoStepMs >= startMarginMs && intoStepMs <= totpPeriodMs - endMarginMs) return;
    const next = used ? io.lastTotpStep + 1 : intoStepMs < startMarginMs ? step : step + 1;
    const waitMs = next * totpPeriodMs + startMarginMs - now;
    if (waitMs > longestWaitMs) {
      throw new BrokerAuthError(
        "clock_skew",
        "the last TOTP time step of this account lies in the future: the clock has gone back",
      );
    }
    await io.sleep(waitMs, io.signal);
  }
}
