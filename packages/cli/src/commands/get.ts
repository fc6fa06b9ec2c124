import { BrokerAuthError } from "@x/core";
import { chosenAccount } from "../account-choice.ts";
import { accountAt, requireOrigin, sessionHeaders } from "../authorization.ts";
import { type CommonOptions, openDesk } from "../desk.ts";
import { readInput } from "../standard-input.ts";
import { print } from "../terminal.ts";

// Clients of the helper may keep the answer until then: a session that ended meanwhile is found out soon.
const longestMs = 5 * 60_000;

/**
 * The credential helper (github.com/EngFlow/credential-helper-spec): `{"uri"}` on standard input, `{"headers", "expires"}` on standard output.
 * Never asks a person.
 */
export async function get(options: CommonOptions & { readonly account?: string | undefined }): Promise<void> {
  const address = addressIn(await readInput("the request"));
  await using desk = await openDesk(options);
  const named = options.account ?? process.env["BROKER_AUTH_ACCOUNT"];
  const account =
    named === undefined || named === "" ? await accountAt(desk, address) : chosenAccount(desk.configuration, named);
  const session = await sessionHeaders(desk, account, { path: address.pathname });
  requireOrigin(session, address);
  const headers = Object.fromEntries(Object.entries(session.headers).map(([name, value]) => [name, [value]]));
  const expires = new Date(Math.min(session.expiresAt, Date.now() + longestMs)).toISOString();
  await print(`${JSON.stringify({ headers, expires })}\n`);
}

function addressIn(text: string): URL {
  let uri: unknown;
  try {
    ({ uri } = JSON.parse(text) as { readonly uri?: unknown });
  } catch {
    throw malformed("is not JSON");
  }
  if (typeof uri !== "string") throw malformed("has no uri");
  if (!URL.canParse(uri)) throw malformed("has a uri that is no whole address");
  return new URL(uri);
}

function malformed(what: string): BrokerAuthError {
  return new BrokerAuthError("configuration", `the request on standard input ${what}`, {
    field: "uri",
    action: 'Send {"uri": "https://…"}, as the credential helper specification says.',
  });
}
