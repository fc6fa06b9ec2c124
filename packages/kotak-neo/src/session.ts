import {
  type BrokerAnswer,
  type OriginPolicy,
  Secret,
  type SessionGrant,
  sessionUntil,
  shortSession,
  trustedUrl,
  unexpectedAnswer,
  type Warning,
} from "@x/core/adapter";
import { type KotakNeoClient, originPolicy } from "./client.ts";
import { latestExpiry } from "./expiry.ts";
import type { LoginGrant } from "./responses.ts";
import type { KotakNeoTokens } from "./tokens.ts";

/** How the grant was given. */
export interface GrantContext {
  /** What brought it, for errors. */
  readonly reply: BrokerAnswer;
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
  { reply, sentAt }: GrantContext,
  client: KotakNeoClient,
): GrantedSession {
  const { settings, credentials, context } = client;
  const policy = originPolicy(client);
  const pinned = (name: "baseUrl" | "feedUrl" | "rtUrl"): string | undefined => {
    const given = grant[name];
    if (given === undefined) return undefined;
    const url = pinnedUrl(given, policy);
    // A request is made of an origin and a path: a path in front of it would be lost without a word.
    if (url === undefined || (name === "baseUrl" && new URL(url).origin !== url))
      throw unexpectedAnswer(reply, `names a ${name} that is no address of the broker`);
    return url;
  };
  const answered = pinned("baseUrl");
  const baseUrl = settings.tradingBaseUrl ?? answered ?? credentials.baseUrl;
  const session = sessionUntil(
    latestExpiry(sentAt),
    {
      token: new Secret(grant.token),
      sid: new Secret(grant.sid),
      baseUrl,
      feedUrl: pinned("feedUrl"),
      rtUrl: pinned("rtUrl"),
      dataCenter: grant.dataCenter,
      // The code that was sent and accepted: answers leave it out or mask it (kotak-neo.md sections 4.1 and 10, row 8).
      ucc: credentials.ucc,
    },
    grant.token,
    sentAt,
    context,
  );
  const message = `Kotak Neo named no trading host; ${baseUrl} is used. If calls fail there, set the option tradingBaseUrl.`;
  const warnings = answered === undefined ? [{ code: "no_base_url", message }] : [];
  return { session, warnings: [...warnings, ...shortSession(session)] };
}

/**
 * An address from the broker's answer in its https (loopback: http) form, without trailing slash, query and fragment; undefined unless
 * tokens may go there (kotak-neo.md section 9, gotcha 3).
 */
export function pinnedUrl(address: string, policy: OriginPolicy): string | undefined {
  const url = trustedUrl(address.trim().replace(/^ws(s?):/i, "http$1:"), policy);
  return url === undefined ? undefined : `${url.origin}${url.pathname.replace(/\/+$/, "")}`;
}
