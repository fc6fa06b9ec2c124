import { BrokerAuthError, isBrokerAuthError } from "../errors/broker-auth-error.ts";
import type { ProviderContext } from "../contract/provider-context.ts";
import { combinedSecret, isSecret, Secret } from "../contract/secret.ts";
import { totpCode } from "./totp-code.ts";
import { parseTotpCode } from "./typed-answer.ts";
import { totpPeriodMs } from "./totp-steps.ts";

// Less than this before the boundary a code may arrive in the next step (nubra.md section 9.7, kotak-neo.md section 9.6).
const endMarginMs = 3_000;
// The broker's clock is known to about half a second, and its step may begin that much later than ours.
const startMarginMs = 1_000;
// A step that lies further ahead than this was written with a clock that has since gone back.
const longestWaitMs = 95_000;
// How often a slow source is asked before that is reported.
const mostAsked = 3;
// How many codes in a row may be written down too late before that is reported: five minutes of a store that takes longer than a code lives.
const mostCodes = 10;

/** Where the codes of a login come from: a shared secret, or a function that asks something else for the current six digits. */
export type TotpSource = Secret | (() => string | Promise<string>);

/** What a broker judges when it judges a code: the configured secret with all that stands beside it. Undefined where the codes come from elsewhere. */
export function totpFactor(source: TotpSource | undefined, ...beside: readonly Secret[]): Secret | undefined {
  return isSecret(source) ? combinedSecret(...beside, source) : undefined;
}

/**
 * Takes the next usable code, spends its time step, and returns the code to be sent at once. Waits for the next step when this one was used
 * already, ends within three seconds or began less than a second ago, and again where the store took longer than the code lives.
 * @throws BrokerAuthError `needs_input` where the source is always too slow, `store_unavailable` where the store is; `clock_skew` when the clocks are too far apart, or the last used step lies far ahead: the clock has gone back;
 * `broker_unavailable` when the call that asks for the broker's clock got no answer. Nothing was sent then
 */
export async function takeTotpCode(source: TotpSource, step: string, context: ProviderContext): Promise<string> {
  let late = 0;
  for (let codes = 0; codes < mostCodes; codes++) {
    await context.knowTime();
    await waitForTotpStep(context);
    const totpStep = Math.floor(context.now() / totpPeriodMs);
    const given = typeof source === "function" ? parseTotpCode(await askSource(source, context)) : undefined;
    // The step went by while the source was asked: nobody knows which step the code is of, so it is not used.
    if (!isUsable(totpStep, context)) {
      if (given !== undefined && (late += 1) >= mostAsked) throw slowSource();
      continue;
    }
    const code = given ?? (await totpCode(source as Secret, totpStep));
    const from = given === undefined ? {} : ({ answer: new Secret(given), from: "source" } as const);
    await context.recordAttempt({ factor: "totp", step, totpStep, code: new Secret(code), ...from });
    // Writing it down may have taken its time. Nothing has left yet, so the next step's code is the better one.
    if (isUsable(totpStep, context)) return code;
  }
  throw new BrokerAuthError(
    "store_unavailable",
    "the store takes longer to write a TOTP code down than the code lives; nothing was sent",
    { action: "See what holds up the store. The next call tries again, with a new code." },
  );
}

function slowSource(): BrokerAuthError {
  return new BrokerAuthError(
    "needs_input",
    "the TOTP code source takes longer to answer than a code lives; nothing was sent",
    { challenge: "totp", action: "See what holds up the source of the code." },
  );
}

/**
 * Takes a code of a secret that is not the account's yet, such as at an enrolment: it is spent as what it is, and not as a code of the configured one.
 * Else as {@link takeTotpCode}.
 */
export function takeNewTotpCode(secret: Secret, step: string, context: ProviderContext): Promise<string> {
  return takeTotpCode(() => totpCode(secret, Math.floor(context.now() / totpPeriodMs)), step, context);
}

/**
 * Spends a code that a person typed and returns it, to be sent at once: it does not get better by waiting, and one of a used time step is refused
 * where attempts are counted.
 * @throws BrokerAuthError `configuration` for what is no code, before anything is spent
 */
export async function takeTypedTotpCode(input: unknown, step: string, context: ProviderContext): Promise<string> {
  const code = parseTotpCode(input);
  const totpStep = Math.floor(context.now() / totpPeriodMs);
  await context.recordAttempt({ factor: "totp", step, answer: new Secret(code), totpStep });
  return code;
}

function isUsable(totpStep: number, context: ProviderContext): boolean {
  const now = context.now();
  return Math.floor(now / totpPeriodMs) === totpStep && totpPeriodMs - (now % totpPeriodMs) >= endMarginMs;
}

async function askSource(source: () => string | Promise<string>, context: ProviderContext): Promise<string> {
  try {
    return await context.askSource(source);
  } catch (cause) {
    if (isBrokerAuthError(cause)) throw cause;
    throw new BrokerAuthError("needs_input", "the TOTP code source failed; nothing was sent", {
      challenge: "totp",
      cause,
    });
  }
}

async function waitForTotpStep(context: ProviderContext): Promise<void> {
  for (;;) {
    const now = context.now();
    const step = Math.floor(now / totpPeriodMs);
    const used = step <= context.lastTotpStep;
    const intoStepMs = now - step * totpPeriodMs;
    if (!used && intoStepMs >= startMarginMs && intoStepMs <= totpPeriodMs - endMarginMs) return;
    const next = used ? context.lastTotpStep + 1 : intoStepMs < startMarginMs ? step : step + 1;
    const waitMs = next * totpPeriodMs + startMarginMs - now;
    if (waitMs > longestWaitMs) {
      throw new BrokerAuthError(
        "clock_skew",
        "the last TOTP time step of this account lies in the future: the clock has gone back",
      );
    }
    await context.sleep(waitMs, context.signal, "totp_step");
  }
}
