import { type PendingLogins, pendingLogins } from "@x/core/adapter";
import { literal, safeParse, strictObject, string } from "zod/mini";
import type { ZerodhaClient } from "./client.ts";
import { identify } from "./credentials.ts";
import { names } from "./endpoints.ts";

/** While a person is at the broker's page. */
export interface PendingState {
  readonly awaits: "redirect";
  /** What the browser has to bring back. */
  readonly state: string;
}

const stateSchema = strictObject({ awaits: literal("redirect"), state: string() });

const logins: PendingLogins<PendingState, ZerodhaClient> = pendingLogins<PendingState, ZerodhaClient>({
  broker: names.broker,
  version: 1,
  ownerOf: ({ credentials }) => identify(credentials),
  // Long enough for a password and a second factor. The minutes of the request token begin after that.
  expiresAt: (createdAt) => createdAt + 15 * 60_000,
  readState: (given) => safeParse(stateSchema, given).data,
});

/** Packs a state for the caller to keep. */
export const packPending: (typeof logins)["pack"] = logins.pack;

/** Unpacks a state that comes back. @throws BrokerAuthError as `PendingLogins` says; nothing is sent for one that is refused */
export const unpackPending: (typeof logins)["unpack"] = logins.unpack;
