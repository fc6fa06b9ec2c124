import {
  type BrokerAnswer,
  BrokerAuthError,
  type NetworkReport,
  type ResponseView,
  type Session,
} from "@x/core/adapter";
import { callKotakNeo, type KotakNeoClient, loginHeaders } from "./call.ts";
import { brokerId, clientIpPath } from "./endpoints.ts";
import { readClientIp } from "./responses.ts";
import type { KotakNeoTokens } from "./tokens.ts";
import { classify } from "./verdict.ts";

const step = "get-client-ip";

/** The address that Kotak Neo sees. It does not tell whether orders are taken from there. */
export async function network(session: Session<KotakNeoTokens>, client: KotakNeoClient): Promise<NetworkReport> {
  const answer = await askClientIp(session, client);
  const address = answer.ok ? readClientIp(answer.json) : undefined;
  if (address !== undefined) {
    return {
      address,
      allowed: undefined,
      message: `Kotak Neo sees this machine as ${address}. It takes orders only from static IPs that are listed in the Neo dashboard, and does not tell here whether this one is; logins and reads work from anywhere.`,
    };
  }
  const facts = { broker: brokerId, step, status: answer.status };
  const verdict = classify(viewOf(answer, clientIpPath), client.context.now());
  switch (verdict.kind) {
    case "refused": {
      const { code, message, ...details } = verdict.refusal;
      throw new BrokerAuthError(code, `${step}: ${message}`, { ...facts, ...details });
    }
    case "dead":
      throw new BrokerAuthError(
        "session_expired",
        `${step}: Kotak Neo no longer accepts the session or the access token`,
        facts,
      );
    case "suspect":
    case "alive":
      throw new BrokerAuthError("protocol_error", `${step}: Kotak Neo answered no address`, facts);
  }
}

/** kotak-neo.md section 4, call 3: no trading data, no body, no factor. */
export function askClientIp(session: Session<KotakNeoTokens>, client: KotakNeoClient): Promise<BrokerAnswer> {
  const { token, sid } = session.tokens;
  const { authorization = "" } = loginHeaders(client);
  return callKotakNeo(
    {
      step,
      method: "GET",
      url: `${client.credentials.loginBaseUrl}${clientIpPath}`,
      headers: { authorization, sid, auth: token },
    },
    client,
  );
}

/** A call of the adapter's own, as the classify sees calls. That there was no body is known here, also where no length says so. */
export function viewOf(answer: BrokerAnswer, path: string): ResponseView {
  const header = (name: string): string | undefined =>
    answer.body === "empty" && name === "content-length" ? "0" : answer.header(name);
  return { method: "GET", path, status: answer.status, header, json: answer.json };
}
