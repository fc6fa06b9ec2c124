import { isBrokerAuthError } from "@x/core";

/** Ends a program with the message where the library says what was wrong and what to do. Any other error is a fault of the program and keeps its stack. */
export function endWithMessage(error: unknown): never {
  if (!isBrokerAuthError(error)) throw error;
  console.error(`${error.message}. ${error.action}`);
  process.exit(1);
}
