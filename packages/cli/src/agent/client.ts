import { type AccountStatus, BrokerAuthError, type BrokerAuthEvent } from "@x/core";
import { agentPlaces } from "./agent-places.ts";
import { AgentConnection } from "./agent-connection.ts";
import { type AgentRequestInit, carriedRequest } from "./carried-request.ts";

export interface AgentClientOptions {
  /** The agent's socket. Default `$XDG_RUNTIME_DIR/broker-auth/agent.sock`, or below `~/.local/state/broker-auth-agent`. */
  readonly socketPath?: string | undefined;
  /** How long one answer of the agent may take, in milliseconds. Default 120 000: a login may wait for the next TOTP code. */
  readonly timeoutMs?: number | undefined;
}

export interface AgentSessionOptions {
  /** Ends this caller's wait, never the login that others wait for as well. */
  readonly signal?: AbortSignal | undefined;
  /** Which of the broker's header sets, where it has several. */
  readonly purpose?: string | undefined;
}

/** A live session of the agent: where its headers may go, and for how long. Tokens stay in the headers; printing it shows none of them. */
export interface AgentSession {
  readonly account: string;
  readonly broker: string;
  readonly generation: number;
  /** Epoch milliseconds. */
  readonly expiresAt: number;
  readonly origin: string;
  /** Secrets in clear; not enumerable. */
  readonly headers: Readonly<Record<string, string>>;
}

/** An event of the agent's engine, as `on` of an engine tells it. */
export type AgentEvent = BrokerAuthEvent;

/** What a program uses of an engine, answered by the agent of this user. Every call may throw what an engine throws. */
export interface AgentClient extends AsyncDisposable {
  /** A live session: the newest that any program has, a renewed one or a login. Without a name the agent's only account. */
  session(account?: string, options?: AgentSessionOptions): Promise<AgentSession>;
  headers(account?: string, options?: AgentSessionOptions): Promise<Readonly<Record<string, string>>>;
  /**
   * A request with the account's session, sent by the agent: a dead session is replaced, what is not a read is sent once. The body may have 1 MiB, the
   * answer 16 MiB. @throws BrokerAuthError `outcome_unknown` where something that is not a read may have left and no answer came; what is a read the
   * agent says, GET or not, and where it does not answer any more nothing is
   */
  fetch(account: string, input: string | URL, init?: AgentRequestInit): Promise<Response>;
  /** Says that a broker refused the session of this generation. `replaced`: there is a newer one. */
  refused(account: string, generation: number): Promise<"alive" | "dead" | "unknown" | "replaced">;
  status(account?: string): Promise<AccountStatus>;
  /** Every account of the agent. */
  accounts(): Promise<readonly AccountStatus[]>;
  /**
   * Tells each event of the agent from now on, and goes on when the agent was started anew; what happened meanwhile is not told. It does not keep the
   * program alive. @returns what ends it
   */
  on(listener: (event: AgentEvent) => void): () => void;
  close(): Promise<void>;
}

/**
 * Stands where an engine stands, in a program beside `broker-auth agent`: no credentials, no store, no login of its own. Nothing is opened before the
 * first call. @throws BrokerAuthError `configuration` for an option that is none; from the calls `store_unavailable` where no agent answers
 */
export function agentClient(options: AgentClientOptions = {}): AgentClient {
  const { socketPath = agentPlaces().socket, timeoutMs = 120_000 } = options;
  if (typeof socketPath !== "string" || socketPath === "")
    throw new BrokerAuthError("configuration", "socketPath: must be the path of a socket", { field: "socketPath" });
  if (!Number.isInteger(timeoutMs) || timeoutMs < 1)
    throw new BrokerAuthError("configuration", "timeoutMs: must be a whole number of milliseconds from 1 up", {
      field: "timeoutMs",
    });
  const agent = new AgentConnection(socketPath, timeoutMs);

  const session: AgentClient["session"] = async (account, { signal, purpose } = {}) =>
    sessionOf(await agent.ask("POST", "/v1/headers", { account, purpose }, signal));
  const accounts: AgentClient["accounts"] = async () => {
    const { accounts: found } = await agent.ask("GET", "/v1/status");
    return (found as readonly Readonly<Record<string, unknown>>[]).map(statusOf);
  };
  const close = async (): Promise<void> => agent.close();
  return {
    session,
    headers: async (...given) => (await session(...given)).headers,
    fetch: async (account, input, init) => agent.send(await carriedRequest(account, input, init)),
    async refused(account, generation) {
      const { outcome } = await agent.ask("POST", "/v1/refused", { account, generation });
      return outcome as "alive" | "dead" | "unknown" | "replaced";
    },
    async status(account) {
      const found = await accounts();
      const one =
        account === undefined && found.length === 1 ? found[0] : found.find((status) => isAbout(status, account));
      if (one !== undefined) return one;
      const known = found.map((status) => status.account).join(", ");
      throw new BrokerAuthError("configuration", `the agent has no such account; there are ${known}`, {
        field: "account",
      });
    },
    accounts,
    on: (listener) => agent.subscribe(listener),
    close,
    [Symbol.asyncDispose]: close,
  };
}

function isAbout(status: AccountStatus, name: string | undefined): boolean {
  const { aliases = [] } = status as AccountStatus & { readonly aliases?: readonly string[] };
  return name !== undefined && (status.account === name || aliases.includes(name));
}

function sessionOf(answer: Readonly<Record<string, unknown>>): AgentSession {
  const { account, broker, generation, expires, origin, headers } = answer;
  const found = { account, broker, generation, expiresAt: Date.parse(String(expires)), origin };
  return Object.defineProperty(found, "headers", { value: Object.freeze(headers) }) as unknown as AgentSession;
}

// Times travel as RFC 3339; what an engine says in their place is epoch milliseconds.
function statusOf(told: Readonly<Record<string, unknown>>): AccountStatus {
  const at = (name: string): number | undefined => {
    const value = told[name];
    return typeof value === "string" ? Date.parse(value) : undefined;
  };
  const { obtainedBy, mintedBy, blockedBy, attemptsLeft, clockOffsetMs } = told;
  return {
    ...told,
    obtainedBy,
    mintedBy,
    blockedBy,
    attemptsLeft,
    clockOffsetMs,
    expiresAt: at("expiresAt"),
    blockedSince: at("blockedSince"),
    blockedUntil: at("blockedUntil"),
  } as unknown as AccountStatus;
}
