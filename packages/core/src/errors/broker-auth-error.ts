import { type BrokerAuthErrorCode, errorCodes, type RetryAdvice } from "./error-codes.ts";

const mark = Symbol.for("@x/core/broker-auth-error");
const inspect = Symbol.for("nodejs.util.inspect.custom");

/** The facts of an error. None of them ever holds a secret, a personal identifier or the broker's raw body. */
export interface BrokerAuthErrorDetails {
  readonly broker?: string | undefined;
  /** The account's name in the configuration, never its identity at the broker. */
  readonly account?: string | undefined;
  /** The protocol step, such as `verifypin`. */
  readonly step?: string | undefined;
  /** HTTP status. */
  readonly status?: number | undefined;
  /** The broker's own code for the failure, at most 32 characters of letters, digits, `_`, `-` and `.`; anything else is dropped. */
  readonly brokerCode?: string | number | undefined;
  /** Attempts that the broker says are left: a whole number from 0 to 10, anything else is dropped, because it may be an echo. */
  readonly attemptsLeft?: number | undefined;
  /** How long to wait before the next try, in milliseconds. */
  readonly retryAfterMs?: number | undefined;
  /** Path of the configuration field, such as `accounts.main.phone`. */
  readonly field?: string | undefined;
  /** What to do next; the code's own sentence when absent. */
  readonly action?: string | undefined;
  /** When a pending login is still open after this error: the challenge it waits for. */
  readonly challenge?: string | undefined;
  /** The error below this one. Only its name and code are kept: its message and properties may hold a request. */
  readonly cause?: unknown;
}

/** What an error shows besides its message, in this order. */
const factNames = [
  "code",
  "broker",
  "account",
  "step",
  "status",
  "brokerCode",
  "attemptsLeft",
  "retryAfterMs",
  "field",
  "challenge",
  "action",
] as const;

type Facts = Readonly<Partial<Record<(typeof factNames)[number], unknown>>>;

/**
 * The only error class of the library: switch over `code`. Printing, `toJSON` and `inspect` show an allow-list of facts.
 * Use {@link isBrokerAuthError} instead of `instanceof`, which fails across duplicate installs.
 */
export class BrokerAuthError extends Error {
  declare readonly code: BrokerAuthErrorCode;
  declare readonly broker: string | undefined;
  declare readonly account: string | undefined;
  declare readonly step: string | undefined;
  declare readonly status: number | undefined;
  declare readonly brokerCode: string | undefined;
  declare readonly attemptsLeft: number | undefined;
  declare readonly retryAfterMs: number | undefined;
  declare readonly field: string | undefined;
  declare readonly challenge: string | undefined;
  declare readonly action: string;

  constructor(code: BrokerAuthErrorCode, message: string, details: BrokerAuthErrorDetails = {}) {
    const { cause, brokerCode, attemptsLeft, action = errorCodes[code].action } = details;
    super(message, cause === undefined ? undefined : { cause: bareCause(cause) });
    const facts: Facts = {
      ...details,
      code,
      brokerCode: plainCode(brokerCode),
      attemptsLeft: attemptCount(attemptsLeft),
      action,
    };
    for (const name of factNames) {
      const value = facts[name];
      // Of an error that nobody catches Node prints every enumerable property, also one that is undefined.
      Object.defineProperty(this, name, { value, writable: true, configurable: true, enumerable: value !== undefined });
    }
  }

  override get name(): string {
    return "BrokerAuthError";
  }

  /** Whether and how the same call may be made again. */
  get retry(): RetryAdvice {
    return errorCodes[this.code].retry;
  }

  /** The same error with further facts, such as the account's name; its stack is kept. */
  with(details: BrokerAuthErrorDetails): BrokerAuthError {
    const known = Object.fromEntries(Object.entries(details).filter(([, value]) => value !== undefined));
    const error = new BrokerAuthError(this.code, this.message, {
      ...(this.facts() as BrokerAuthErrorDetails),
      cause: this.cause,
      ...known,
    });
    if (this.stack !== undefined) error.stack = this.stack;
    return error;
  }

  toJSON(): Record<string, unknown> {
    return { name: this.name, message: this.message, ...this.facts() };
  }

  static {
    Object.defineProperty(BrokerAuthError.prototype, mark, { value: true });
    Object.defineProperty(BrokerAuthError.prototype, inspect, {
      value(this: BrokerAuthError): string {
        const facts = Object.entries(this.facts()).map(([name, value]) => `\n  ${name}: ${String(value)}`);
        return `${this.stack ?? `${this.name}: ${this.message}`}${facts.join("")}`;
      },
    });
  }

  private facts(): { readonly code: BrokerAuthErrorCode } & Facts {
    const facts = factNames.map((name) => [name, this[name]] as const);
    return Object.fromEntries(facts.filter(([, value]) => value !== undefined)) as never;
  }
}

/** Whether a value is a {@link BrokerAuthError}, also one from another copy of this package. */
export function isBrokerAuthError(value: unknown): value is BrokerAuthError {
  try {
    return typeof value === "object" && value !== null && mark in value;
  } catch {
    // A proxy that is over, or one with a trap of its own.
    return false;
  }
}

const bareCauses = new WeakSet<Error>();

// An HTTP library's error carries the request with headers and body, and its message the URL: only names and system codes pass.
function bareCause(cause: unknown): Error {
  if (isBrokerAuthError(cause)) return cause;
  if (typeof cause === "object" && cause !== null && bareCauses.has(cause as Error)) return cause as Error;
  const { name, code } = readable(cause);
  const bare = new Error(code === undefined ? name : `${name} (${code})`);
  bare.name = name;
  delete bare.stack;
  bareCauses.add(bare);
  return bare;
}

// A getter of a foreign error may throw.
function readable(cause: unknown): { readonly name: string; readonly code?: string | undefined } {
  try {
    return { name: plainCode((cause as { name?: unknown } | null)?.name) ?? "Error", code: systemCode(cause) };
  } catch {
    return { name: "Error" };
  }
}

// HTTP libraries wrap the system's error in one or two of their own: ky's NetworkError has fetch's TypeError as its cause, and that one the system's
// error. Some codes of OpenSSL are longer than a broker's may be, such as UNABLE_TO_GET_ISSUER_CERT_LOCALLY.
function systemCode(cause: unknown): string | undefined {
  for (let layer = cause, depth = 0; typeof layer === "object" && layer !== null && depth < 5; depth++) {
    const { code } = layer as { code?: unknown };
    const plain = plainCode(code) ?? (typeof code === "string" && /^[A-Z]+(_[A-Z]+)+$/.test(code) ? code : undefined);
    if (plain !== undefined) return plain;
    layer = (layer as { cause?: unknown }).cause;
  }
  return undefined;
}

function plainCode(value: unknown): string | undefined {
  const text = typeof value === "number" ? String(value) : value;
  return typeof text === "string" && /^[\w.-]{1,32}$/.test(text) ? text : undefined;
}

/** A count of attempts, 0 to 10. No broker gives more: what is larger may be a PIN that came back in the wrong field. */
export function attemptCount(value: unknown): number | undefined {
  return Number.isInteger(value) && (value as number) >= 0 && (value as number) <= 10 ? (value as number) : undefined;
}
