import { BrokerAuthError } from "./broker-auth-error.ts";

/**
 * What it means that a file of a package could not be loaded later than its first one, before anything was sent: the process has no descriptor
 * left, which passes, or the file is not what it was when the program started.
 */
export function missingPart(cause: unknown, of: string): BrokerAuthError {
  const { code, message } = (cause ?? {}) as { readonly code?: unknown; readonly message?: unknown };
  const failed = `a part of ${of} could not be loaded`;
  // Bun says it in the message alone.
  return /^E[MN]FILE\b/.test(String(code ?? message))
    ? new BrokerAuthError("broker_unavailable", `${failed}: no descriptor is left`, {
        cause,
        action: "Raise the limit of open files (ulimit -n), or hold fewer accounts in one process.",
      })
    : new BrokerAuthError("configuration", `${failed}: its files were changed`, {
        cause,
        action: "Restart the program; after an update a running one cannot load what it had not loaded before.",
      });
}

const loaded = new WeakMap<() => Promise<unknown>, unknown>();

/**
 * Loads a part of a package that most programs never need, such as `() => import("./protocol.ts")`.
 * What one and the same function has loaded is at hand from then on: the platform looks for a module anew each time that it is imported.
 * @param of the package, for the error
 * @throws BrokerAuthError as {@link missingPart} says
 */
export async function loadPart<Part>(load: () => Promise<Part>, of = "@x/core"): Promise<Part> {
  const before = loaded.get(load) as Part | undefined;
  if (before !== undefined) return before;
  try {
    const part = await load();
    loaded.set(load, part);
    return part;
  } catch (cause) {
    throw missingPart(cause, of);
  }
}
