import { BrokerAuthError } from "../errors/broker-auth-error.ts";
import { markUnsent } from "./unsent-failure.ts";

/**
 * Refuses a call that carries credentials while this process takes any certificate, because NODE_TLS_REJECT_UNAUTHORIZED is 0: whoever answers
 * would be taken for the broker. Some SDKs set it for the whole process when they are loaded. Node and Bun look at it with each connection,
 * Deno never does. What an agent or a dispatcher of the user's own leaves unchecked cannot be seen from here.
 * @throws BrokerAuthError `configuration`
 */
export function requireCheckedTls(facts: { readonly broker: string; readonly step?: string | undefined }): void {
  if (!isUnchecked()) return;
  const message = "certificates are not checked in this process (NODE_TLS_REJECT_UNAUTHORIZED=0); nothing was sent";
  const action =
    "Take NODE_TLS_REJECT_UNAUTHORIZED out of the environment, or keep the library that sets it in a process of its own; name an authority of your own with NODE_EXTRA_CA_CERTS.";
  throw markUnsent(
    new BrokerAuthError("configuration", message, { ...facts, field: "NODE_TLS_REJECT_UNAUTHORIZED", action }),
  );
}

function isUnchecked(): boolean {
  const { Deno, process } = globalThis as {
    readonly Deno?: unknown;
    readonly process?: { readonly env?: Readonly<Record<string, string | undefined>> };
  };
  // To read a variable there asks for a permission.
  if (Deno !== undefined) return false;
  try {
    return process?.env?.["NODE_TLS_REJECT_UNAUTHORIZED"] === "0";
  } catch {
    return false;
  }
}
