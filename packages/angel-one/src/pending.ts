import { type PendingLogins, pendingLogins } from "@x/core/adapter";
import { literal, safeParse, strictObject } from "zod/mini";
import type { AngelOneClient } from "./client.ts";
import { identify } from "./credentials.ts";
import { names } from "./endpoints.ts";

/** Before the one call of the login, which waits for its code. */
export interface PendingState {
  readonly awaits: "totp";
}

const stateSchema = strictObject({ awaits: literal("totp") });

const logins: PendingLogins<PendingState, AngelOneClient> = pendingLogins<PendingState, AngelOneClient>({
  broker: names.broker,
  version: 1,
  ownerOf: ({ credentials }) => identify(credentials),
  expiresAt: (createdAt) => createdAt + 15 * 60_000,
  readState: (given) => safeParse(stateSchema, given).data,
});

/** Packs a state for the caller to keep. */
export const packPending: (typeof logins)["pack"] = logins.pack;

/** Unpacks a state that comes back. @throws BrokerAuthError as `PendingLogins` says; nothing is sent for one that is refused */
export const unpackPending: (typeof logins)["unpack"] = logins.unpack;
