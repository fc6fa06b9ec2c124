import { BrokerAuthError } from "@x/core";

/**
 * A misspelt option, or a path or a key source in place of the options, would be passed over, and another store be opened than the one meant.
 * @throws BrokerAuthError `configuration`
 */
export function requireKnownOptions(given: unknown, known: readonly string[]): void {
  const named = `{ ${known.join(", ")} }`;
  if (typeof given !== "object" || given === null) throw wrong("options", `must be an object with some of ${named}`);
  const stranger = Object.keys(given).find((name) => !known.includes(name));
  if (stranger === undefined) return;
  const field = /^[A-Za-z]\w{0,31}$/.test(stranger) ? stranger : "options";
  throw wrong(field, `is not an option of this store; there are ${named}`);
}

/** A span in whole milliseconds. @throws BrokerAuthError `configuration` */
export function requireSpan(field: string, ms: unknown, least: number): number {
  if (Number.isInteger(ms) && (ms as number) >= least && (ms as number) <= 3_600_000) return ms as number;
  throw wrong(field, `must be milliseconds, a whole number from ${least} to 3600000`);
}

/** What is wrong with an option. */
export function wrong(field: string, message: string): BrokerAuthError {
  return new BrokerAuthError("configuration", `${field}: ${message}`, { field });
}
