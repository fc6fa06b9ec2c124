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

const form: PendingForm<PendingState> = {
  broker: names.broker,
  version: 1,
  expiresAt: (createdAt) => createdAt + 15 * 60_000,
  readState: (given) => safeParse(stateSchema, given).data,
};

/** Packs a state for the caller to keep. */
export function packPending(state: PendingState, { credentials, context }: AngelOneClient): PendingLogin {
  return packPendingLogin(form, identify(credentials), state, context.now());
}

/** Unpacks a state that comes back. @throws BrokerAuthError as `unpackPendingLogin` does; nothing is sent for one that is refused */
export function unpackPending(pending: PendingLogin, { credentials, context }: AngelOneClient): PendingState {
  return unpackPendingLogin(form, identify(credentials), pending, context.now());
}
