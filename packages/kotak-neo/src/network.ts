import { BrokerAuthError, type NetworkReport, type Session, unexpectedAnswer, viewOf } from "@x/core/adapter";
import { callKotakNeo, clientIpHeaders } from "./call.ts";
import type { KotakNeoClient } from "./client.ts";
import { endpointOf, names } from "./endpoints.ts";
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
      message: `Kotak Neo sees this machine as ${address}. It takes orders only from static IPs that are listed in the Neo dashboard, and does not tell here whether this one is; logins and reads work from anywhere.`,
    };
  }
  const { step, status } = answer;
  const facts = { broker: names.broker, step, status };
  const { path } = endpointOf("clientIp", client.settings.api);
  const verdict = classify(viewOf(answer, path), client.context.now());
  if (verdict.kind === "refused") {
    const { code, message, ...details } = verdict.refusal;
    throw new BrokerAuthError(code, `${step}: ${message}`, { ...facts, ...details });
  }
  if (verdict.kind !== "dead") throw unexpectedAnswer(answer, "holds no address");
  const message = "Kotak Neo no longer accepts the session or the access token";
  throw new BrokerAuthError("session_expired", `${step}: ${message}`, facts);
}
