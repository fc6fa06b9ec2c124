import type { Session } from "@x/core/adapter";
import { callZerodha } from "./call.ts";
import type { ZerodhaClient } from "./client.ts";
import { refusal } from "./failures.ts";
import type { ZerodhaTokens } from "./tokens.ts";

/** Ends the session at Zerodha, which wants the token in the query as well (zerodha.md section 2, call 4). One that is over already is a success. */
export async function revoke(session: Session<ZerodhaTokens>, client: ZerodhaClient): Promise<void> {
  const query = { api_key: client.credentials.apiKey, access_token: session.tokens.accessToken };
  const answer = await callZerodha("logout", { session, query }, client);
  if (answer.ok) return;
  const refused = refusal("logout", answer, { now: client.context.now() });
  if (refused.code !== "session_expired") throw refused;
}
