import { BrokerAuthError, type PendingLogin } from "@x/core/adapter";
import { int, literal, number, object, safeParse, strictObject, string, unknown } from "zod/mini";
import type { ExampleBrokerClient } from "./call.ts";
import { identify } from "./credentials.ts";
import { brokerId } from "./endpoints.ts";

const version = 1;
// Long enough for a password, a second factor and a cup of tea. The request token's five minutes begin after that.
const lifetimeMs = 15 * 60_000;

const envelope = object({
  version: int(),
  broker: string(),
  environment: string(),
  awaits: literal("redirect"),
  createdAt: number(),
  expiresAt: number(),
  state: unknown(),
});
const contents = strictObject({ identity: string(), state: string() });

/** Packs what a login waits with: the `state` that the browser has to bring back. */
export function packPending(state: string, { credentials, context }: ExampleBrokerClient): PendingLogin {
  const { environment, identity } = identify(credentials);
  const createdAt = context.now();
  return {
    version,
    broker: brokerId,
    environment,
    awaits: "redirect",
    createdAt,
    expiresAt: createdAt + lifetimeMs,
    state: { identity, state },
  };
}

/**
 * The `state` of a pending login that comes back. Nothing is sent for one that is refused.
 * @throws BrokerAuthError `challenge_expired` for one that is over or another account's, `configuration` for one that cannot be read
 */
export function unpackPending(pending: PendingLogin, { credentials, context }: ExampleBrokerClient): string {
  const { environment, identity } = identify(credentials);
  const outside = safeParse(envelope, pending).data;
  const inside = safeParse(contents, outside?.state).data;
  if (outside === undefined || inside === undefined || outside.expiresAt - outside.createdAt > lifetimeMs) {
    const message = "pending: cannot be read; give back what the last login step returned, unchanged";
    throw new BrokerAuthError("configuration", message, { broker: brokerId, field: "pending" });
  }
  if (outside.broker !== brokerId || outside.environment !== environment || inside.identity !== identity) {
    throw over("belongs to another broker, environment or account");
  }
  if (outside.version !== version) throw over("was made by another version of this package");
  if (outside.expiresAt <= context.now()) throw over("is too old");
  return inside.state;
}

function over(why: string): BrokerAuthError {
  return new BrokerAuthError("challenge_expired", `this pending login ${why}; nothing was sent`, { broker: brokerId });
}
