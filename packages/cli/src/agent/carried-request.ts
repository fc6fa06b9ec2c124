import { BrokerAuthError } from "@x/core";

export interface AgentRequestInit extends RequestInit {
  /** As in `fetch` of an engine: whether a request may be sent again after a dead session. */
  readonly replay?: boolean;
  readonly purpose?: string;
  /** How long a read may wait where the broker asks for a pause, in milliseconds. Default 0. */
  readonly waitMs?: number;
}

/** A request to a broker on its way to the agent: what `fetch` of an engine takes, as plain data and bytes. */
export interface CarriedRequest {
  readonly facts: {
    readonly account: string;
    readonly input: string;
    readonly method: string;
    readonly headers: Readonly<Record<string, string>>;
    readonly replay?: boolean | undefined;
    readonly purpose?: string | undefined;
    readonly waitMs?: number | undefined;
  };
  readonly body: Uint8Array;
  readonly signal: AbortSignal | undefined;
}

/** The header in which the facts travel. */
export const factsHeader = "x-broker-auth-request";

/** Reads what a caller gives, and refuses what cannot be carried. @throws BrokerAuthError `configuration`, nothing was sent */
export async function carriedRequest(
  account: string,
  input: string | URL,
  init: AgentRequestInit = {},
): Promise<CarriedRequest> {
  const { method, headers, body, signal, replay, purpose, waitMs } = init;
  if (typeof input !== "string" && !(input instanceof URL))
    throw new BrokerAuthError("configuration", "input: must be a path or an address; a Request cannot be carried", {
      field: "input",
    });
  try {
    // The platform makes bytes of every kind of body, and says what kind it was.
    const given = body === undefined || body === null ? undefined : new Response(body);
    const named = new Headers(headers);
    const type = given?.headers.get("content-type");
    if (type !== null && type !== undefined && !named.has("content-type")) named.set("content-type", type);
    return {
      facts: {
        account,
        input: String(input),
        method: method ?? "GET",
        headers: Object.fromEntries(named),
        replay,
        purpose,
        waitMs,
      },
      body: given === undefined ? new Uint8Array() : new Uint8Array(await given.arrayBuffer()),
      signal: signal ?? undefined,
    };
  } catch (cause) {
    throw new BrokerAuthError("configuration", "init: the headers or the body cannot be sent", {
      field: "init",
      cause,
    });
  }
}
