import { type Meaning, type NetworkReport, refusedCall, type Session, unexpectedAnswer, viewOf } from "@x/core/adapter";
import { callKotakNeo, clientIpHeaders } from "./call.ts";
import type { KotakNeoClient } from "./client.ts";
import { readClientIp } from "./responses.ts";
import type { KotakNeoTokens } from "./tokens.ts";
import { classify } from "./verdict.ts";

/** The address that Kotak Neo sees. It does not tell whether orders are taken from there. */
export async function network(session: Session<KotakNeoTokens>, client: KotakNeoClient): Promise<NetworkReport> {
  const answer = await callKotakNeo("clientIp", { headers: clientIpHeaders(session, client) }, client);
  const address = answer.ok ? readClientIp(answer.json) : undefined;
  if (address !== undefined) {
    return {
      address,
      allowed: undefined,
      message: `Kotak Neo sees this machine as ${address}. Orders need a static IP that the Neo dashboard lists; it does not tell whether this one is.`,
    };
  }
  const now = client.context.now();
  const verdict = classify(viewOf(answer), now);
  if (verdict.kind === "refused") throw refusedCall(verdict.refusal, answer, now);
  if (verdict.kind === "dead") throw refusedCall({ ...sessionOver, brokerCode: verdict.brokerCode }, answer, now);
  throw unexpectedAnswer(answer, "holds no address");
}

// This call looks at both.
const sessionOver: Meaning = {
  code: "session_expired",
  message: "Kotak Neo no longer accepts the session or the access token",
};
