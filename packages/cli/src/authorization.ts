import { type AccountStatus, type BrokerAuth, BrokerAuthError } from "@x/core";
import { type Configured, credentialsOf, providerOf } from "./configured-account.ts";

/** What headers come from: the whole desk, or what has no more than the sessions in the store. */
export interface SessionDesk extends Configured {
  readonly auth: Pick<BrokerAuth, "session"> & { status(name: string): Promise<Pick<AccountStatus, "state">> };
}

/** The headers of a live session, and where they may go. */
export interface SessionHeaders {
  readonly account: string;
  readonly broker: string;
  readonly generation: number;
  /** Epoch milliseconds. */
  readonly expiresAt: number;
  readonly origin: string;
  /** Secrets in clear. */
  readonly headers: Readonly<Record<string, string>>;
}

/**
 * Headers for a path of an account, from a live session: the newest in the store, a renewed one or an unattended login. Nobody is asked.
 * @throws BrokerAuthError `needs_input` where a person is needed, and what the login says
 */
export async function sessionHeaders(
  desk: SessionDesk,
  account: string,
  { path = "/", purpose }: { readonly path?: string; readonly purpose?: string | undefined } = {},
): Promise<SessionHeaders> {
  const session = await desk.auth.session(account, { newest: true });
  const { origin, headers } = providerOf(desk, account).authorize(session, credentialsOf(desk, account), {
    path,
    purpose,
  });
  const { broker, generation, expiresAt } = session;
  return { account, broker, generation, expiresAt, origin, headers };
}

/**
 * The account whose headers belong to an address. Where the address alone does not tell, a live session does.
 * @throws BrokerAuthError `configuration` where none or several are meant
 */
export async function accountAt(desk: SessionDesk, address: URL): Promise<string> {
  const candidates = Object.keys(desk.configuration.accounts).filter((name) => serves(desk, name, address));
  const [first, ...others] = candidates;
  if (first === undefined) throw strange(address);
  if (others.length === 0) return first;
  const live = await Promise.all(candidates.map((name) => originOf(desk, name)));
  const matching = candidates.filter((_, index) => live[index] === address.origin);
  const [match, ...further] = matching;
  if (match !== undefined && further.length === 0) return match;
  throw new BrokerAuthError(
    "configuration",
    `this address belongs to several accounts: ${(matching.length > 0 ? matching : candidates).join(", ")}`,
    { field: "account", action: "Say which one by --account or BROKER_AUTH_ACCOUNT." },
  );
}

/** @throws BrokerAuthError `configuration` unless the address is the origin that these headers are for */
export function requireOrigin({ origin }: SessionHeaders, address: URL): void {
  if (address.origin !== origin) throw strange(address);
}

// The address may hold a token in its query: not repeated.
function strange({ protocol }: URL): BrokerAuthError {
  const why = protocol === "https:" ? "is no configured broker's" : "is no configured broker's, or not https";
  return new BrokerAuthError("configuration", `uri: the address ${why}; no headers are given out for it`, {
    field: "uri",
    action: "Ask for an address of the account's broker; broker-auth headers ACCOUNT tells its origin.",
  });
}

function serves(desk: Configured, name: string, { origin }: URL): boolean {
  return providerOf(desk, name).serves?.(origin, credentialsOf(desk, name)) ?? true;
}

// Without a login: who is not logged in says nothing about where a session would lead.
async function originOf(desk: SessionDesk, name: string): Promise<string | undefined> {
  const { state } = await desk.auth.status(name);
  return state === "logged_in" ? (await sessionHeaders(desk, name)).origin : undefined;
}
