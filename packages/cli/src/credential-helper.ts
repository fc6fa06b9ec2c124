import { BrokerAuthError } from "@x/core";
import { chosenAccount } from "./account-choice.ts";
import { accountAt, requireOrigin, type SessionDesk, sessionHeaders } from "./authorization.ts";

// Clients of the helper may keep the answer until then: a session that ended meanwhile is found out soon.
const longestMs = 5 * 60_000;

/** The answer of the credential helper specification. */
export interface HelperAnswer {
  /** Secrets in clear. */
  readonly headers: Readonly<Record<string, readonly string[]>>;
  /** RFC 3339. */
  readonly expires: string;
}

/**
 * Headers for an address, by the account that it belongs to or the one that is named.
 * @throws BrokerAuthError `configuration` for an address that is none, or of nobody
 */
export async function helperAnswer(desk: SessionDesk, uri: unknown, named: string | undefined): Promise<HelperAnswer> {
  if (typeof uri !== "string") throw malformed("has no uri");
  if (!URL.canParse(uri)) throw malformed("has a uri that is no whole address");
  const address = new URL(uri);
  const account =
    named === undefined || named === "" ? await accountAt(desk, address) : chosenAccount(desk.configuration, named);
  const session = await sessionHeaders(desk, account, { path: address.pathname });
  requireOrigin(session, address);
  return {
    headers: Object.fromEntries(Object.entries(session.headers).map(([name, value]) => [name, [value]])),
    expires: new Date(Math.min(session.expiresAt, Date.now() + longestMs)).toISOString(),
  };
}

export function malformed(what: string): BrokerAuthError {
  return new BrokerAuthError("configuration", `the request ${what}`, {
    field: "uri",
    action: 'Send {"uri": "https://…"}, as the credential helper specification says.',
  });
}
