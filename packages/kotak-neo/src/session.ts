import {
  BrokerAuthError,
  jwtExpiry,
  type SessionGrant,
  nextIndiaTime,
  type OriginPolicy,
  Secret,
  shortSession,
  trustedUrl,
  type Warning,
} from "@x/core/adapter";
import { type KotakNeoClient, originPolicy } from "./client.ts";
import { names } from "./endpoints.ts";
import type { LoginGrant } from "./responses.ts";
import type { KotakNeoTokens } from "./tokens.ts";

/** How the call that gave the grant was made. */
export interface GrantContext {
  /** Name of the step, for errors. */
  readonly step: string;
  /** Broker time just before the call left, in epoch milliseconds: the session cannot be older, and its midnight is the next one from there. */
  readonly sentAt: number;
}

/** A session from the answer to call 2, and what its owner should know about it. */
export interface GrantedSession {
  readonly session: SessionGrant<KotakNeoTokens>;
  readonly warnings: readonly Warning[];
}

/**
 * Makes a session of the answer to call 2. It ends at the next 00:00 IST, or earlier if its token says so (kotak-neo.md section 6).
 * @throws BrokerAuthError `protocol_error` for an address outside the broker's domain
 */
export function mintSession(
  grant: LoginGrant,
  granting: GrantContext,
  { settings, credentials, context }: KotakNeoClient,
): GrantedSession {
  const fail = (message: string): never => {
    throw new BrokerAuthError("protocol_error", `${granting.step}: ${message}`, {
      broker: names.broker,
      step: granting.step,
    });
  };
  const policy = originPolicy({ credentials, settings });
  const pinned = (name: "baseUrl" | "feedUrl" | "rtUrl"): string | undefined => {
    const given = grant[name];
    return given === undefined
      ? undefined
      : (pinnedUrl(given, policy) ?? fail(`${name} is not an address of the broker; the session is dropped`));
  };
  const answered = pinned("baseUrl");
  // A request is made of an origin and a path: a path in front of it would be lost without a word.
  if (answered !== undefined && new URL(answered).pathname !== "/")
    fail("baseUrl has a path, which no trading host is known to have");
  const expiresAt = Math.min(jwtExpiry(grant.token) ?? Number.POSITIVE_INFINITY, latestExpiry(granting.sentAt));
  const tokens: KotakNeoTokens = {
    token: new Secret(grant.token),
    sid: new Secret(grant.sid),
    baseUrl: settings.tradingBaseUrl ?? answered ?? credentials.baseUrl,
    feedUrl: pinned("feedUrl"),
    rtUrl: pinned("rtUrl"),
    dataCenter: grant.dataCenter,
    // The code that was sent and accepted: answers leave it out or mask it (kotak-neo.md sections 4.1 and 10, row 8).
    ucc: credentials.ucc,
  };
  const warnings: Warning[] = [];
  if (answered === undefined) {
    const hint = settings.tradingBaseUrl === undefined ? " Set the option tradingBaseUrl if calls fail there." : "";
    warnings.push({
      code: "no_base_url",
      message: `Kotak Neo named no trading host; ${tokens.baseUrl} is used.${hint}`,
    });
  }
  const session = { tokens, issuedAt: granting.sentAt, expiresAt, deviceId: context.deviceId };
  return { session, warnings: [...warnings, ...shortSession(session)] };
}

/** The furthest expiry of a session that is minted at `now`: the next 00:00 IST. Both in epoch milliseconds. */
export function latestExpiry(now: number): number {
  return nextIndiaTime(now);
}

/**
 * An address from the broker's answer in its https (loopback: http) form, without trailing slash, query and fragment; undefined unless
 * tokens may go there (kotak-neo.md section 9, gotcha 3).
 */
export function pinnedUrl(address: string, policy: OriginPolicy): string | undefined {
  const url = trustedUrl(address.trim().replace(/^ws(s?):/i, "http$1:"), policy);
  return url === undefined ? undefined : `${url.origin}${url.pathname.replace(/\/+$/, "")}`;
}
