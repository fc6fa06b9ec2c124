import { packPendingLogin, type PendingForm, type PendingLogin, unpackPendingLogin } from "@x/core/adapter";
import { literal, safeParse, strictObject } from "zod/mini";
import type { AngelOneClient } from "./client.ts";
import { identify } from "./credentials.ts";
import { names } from "./endpoints.ts";

/** Before the one call of the login, which waits for its code. */
export interface PendingState {
  readonly awaits: "totp";
}

const stateSchema = strictObject({ awaits: literal("totp") });

const form: PendingForm<PendingState, AngelOneClient> = {
  broker: names.broker,
  version: 1,
  ownerOf: ({ credentials }) => identify(credentials),
  expiresAt: (createdAt) => createdAt + 15 * 60_000,
  readState: (given) => safeParse(stateSchema, given).data,
};

/** Packs a state for the caller to keep. */
export function packPending(state: PendingState, client: AngelOneClient): PendingLogin {
  return packPendingLogin(form, state, client);
}

/** Unpacks a state that comes back. @throws BrokerAuthError as `unpackPendingLogin` does; nothing is sent for one that is refused */
export function unpackPending(pending: PendingLogin, client: AngelOneClient): PendingState {
  return unpackPendingLogin(form, pending, client);
}
