import type { Json } from "../contract/json.ts";
import type { PendingLogin } from "../contract/pending-login.ts";
import type { ProviderContext } from "../contract/provider-context.ts";
import { isObject, wrongArgument } from "../errors/argument.ts";
import { BrokerAuthError } from "../errors/broker-auth-error.ts";

/** What is the adapter's own about its pending logins; everything around it is checked here, alike for every broker. */
export interface PendingForm<State extends PendingState, Client extends PendingClient> {
  readonly broker: string;
  /** Version of the states. Another one is refused. */
  readonly version: number;
  /** When a login that began at `createdAt` is over; both in epoch milliseconds. */
  expiresAt(createdAt: number): number;
  /** Whom a pending login of this client belongs to. */
  ownerOf(client: Client): PendingOwner;
  /** Reads a state strictly, its `awaits` included; undefined for what is none. */
  readState(given: unknown): State | undefined;
}

interface PendingClient {
  readonly context: Pick<ProviderContext, "now">;
}

interface PendingState {
  readonly awaits: PendingLogin["awaits"];
}

/** Whom a pending login belongs to: it is refused for anybody else before anything is sent. */
export interface PendingOwner {
  readonly environment: string;
  /** Everything that makes it another account's, such as `identify` gives it. */
  readonly identity: string;
}

/** The pending logins of one adapter. */
export interface PendingLogins<State extends PendingState, Client extends PendingClient> {
  /** Packs a state for the caller to keep. @param createdAt epoch milliseconds: a challenge that comes again does not live longer for it */
  readonly pack: (state: State, client: Client, createdAt?: number) => PendingLogin;
  /**
   * Unpacks a state that comes back. Nothing is sent for one that is refused.
   * @throws BrokerAuthError `challenge_expired` for one that is too old or belongs to another account, `configuration` for one that cannot be read
   */
  readonly unpack: (pending: PendingLogin, client: Client) => State;
}

/** Makes them of what is the adapter's own. */
export function pendingLogins<State extends PendingState, Client extends PendingClient>(
  form: PendingForm<State, Client>,
): PendingLogins<State, Client> {
  return {
    pack: (state, client, createdAt) => packPendingLogin(form, state, client, createdAt),
    unpack: (pending, client) => unpackPendingLogin(form, pending, client),
  };
}

function packPendingLogin<State extends PendingState, Client extends PendingClient>(
  form: PendingForm<State, Client>,
  { awaits, ...state }: State,
  client: Client,
  createdAt: number = client.context.now(),
): PendingLogin {
  const { environment, identity } = form.ownerOf(client);
  const fields = Object.entries<Json | undefined>(state as { [field: string]: Json | undefined }).filter(
    (field): field is [string, Json] => field[1] !== undefined,
  );
  return {
    version: form.version,
    broker: form.broker,
    environment,
    awaits,
    createdAt,
    expiresAt: form.expiresAt(createdAt),
    state: { identity, ...Object.fromEntries(fields) },
  };
}

function unpackPendingLogin<State extends PendingState, Client extends PendingClient>(
  form: PendingForm<State, Client>,
  pending: unknown,
  client: Client,
): State {
  const owner = form.ownerOf(client);
  const over = (why: string): BrokerAuthError =>
    new BrokerAuthError("challenge_expired", `this pending login ${why}; nothing was sent`, { broker: form.broker });
  const unreadable = "cannot be read; give back what the last login step returned, unchanged";

  const {
    version,
    broker,
    environment,
    awaits,
    createdAt,
    expiresAt,
    state: packed,
  } = isObject(pending) ? pending : {};
  const { identity, ...fields } = isObject(packed) ? packed : {};
  const isReadable =
    typeof version === "number" && typeof identity === "string" && isTime(createdAt) && isTime(expiresAt);
  if (!isReadable) throw wrongArgument("pending", unreadable, form.broker);
  if (broker !== form.broker || environment !== owner.environment)
    throw over("belongs to another broker or environment");
  if (version !== form.version) throw over("was made by another version of this package");
  const state = form.readState({ ...fields, awaits });
  // A longer life than packing gives was not given by it.
  if (state === undefined || expiresAt > form.expiresAt(createdAt))
    throw wrongArgument("pending", unreadable, form.broker);
  if (identity !== owner.identity) throw over("belongs to another account or device");
  if (expiresAt <= client.context.now()) throw over("is too old");
  return state;
}

function isTime(value: unknown): value is number {
  return typeof value === "number" && Number.isFinite(value);
}
