import { BrokerAuthError } from "./broker-auth-error.ts";

/**
 * What it means that a file of a package could not be loaded later than its first one, before anything was sent: the process has no descriptor
 * left, which passes, or the file is not what it was when the program started.
 */
export function missingPart(cause: unknown, of = "@x/core"): BrokerAuthError {
  const { code, message } = (cause ?? {}) as { readonly code?: unknown; readonly message?: unknown };
  // Bun says it in the message alone.
  if (/^E[MN]FILE\b/.test(String(code ?? message))) {
    return new BrokerAuthError("broker_unavailable", `a part of ${of} could not be loaded: no descriptor is left`, {
      cause,
      action: "Raise the limit of open files (ulimit -n), or hold fewer accounts in one process.",
    });
  }
  return new BrokerAuthError("configuration", `a part of ${of} could not be loaded: its files were changed`, {
    cause,
    action: "Restart the program; after an update a running one cannot load what it had not loaded before.",
  });
}
