import type { Session } from "@x/core/adapter";
import { callAngelOne } from "./call.ts";
import type { AngelOneClient } from "./client.ts";
import { refusal } from "./failures.ts";
import { objectionTo } from "./responses.ts";
import type { AngelOneTokens } from "./tokens.ts";

/** Ends the session at Angel One (angel-one.md section 2, call 4). One that is over already is a success; a 2xx alone is none. */
export async function revoke({ tokens }: Session<AngelOneTokens>, client: AngelOneClient): Promise<void> {
  const { credentials, context } = client;
  const json = { clientcode: credentials.clientCode };
  const answer = await callAngelOne("logout", { jwtToken: tokens.jwtToken, json }, client);
  if (answer.ok && answer.body === "json" && objectionTo(answer.json) === undefined) return;
  const refused = refusal("logout", answer, { now: context.now() });
  if (refused.code !== "session_expired") throw refused;
}
