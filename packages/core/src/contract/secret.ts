const mark = Symbol.for("@x/core/secret");
const inspect = Symbol.for("nodejs.util.inspect.custom");

/**
 * A holder for a value that must never be printed: MPIN, TOTP secret, token, phone.
 * `String()`, template literals, `JSON.stringify` and Node's `inspect` all show `[secret]`; only `reveal()` gives the value.
 */
export class Secret {
  readonly #value: string;

  constructor(value: string) {
    this.#value = value;
  }

  /** The value itself. Call it on the last line before the wire, and never keep the result. */
  reveal(): string {
    return this.#value;
  }

  toString(): string {
    return "[secret]";
  }

  toJSON(): string {
    return "[secret]";
  }

  static {
    Object.defineProperty(Secret.prototype, mark, { value: true });
    Object.defineProperty(Secret.prototype, inspect, { value: () => "[secret]" });
  }
}

/** Wraps a text as a {@link Secret}; a value that is one already, even from another copy of this package, comes back unchanged. */
export function secret(value: string | Secret): Secret {
  return isSecret(value) ? value : new Secret(value);
}

/** Several secrets as one, in which they stay apart: ["12","3"] and ["1","23"] are two. Such as a factor with all that is judged together with it. */
export function combinedSecret(...parts: readonly Secret[]): Secret {
  return new Secret(JSON.stringify(parts.map((part) => part.reveal())));
}

/** Whether a value is a {@link Secret}. Works across duplicate installs of this package, where `instanceof` does not. */
export function isSecret(value: unknown): value is Secret {
  return typeof value === "object" && value !== null && mark in value;
}
