import { type BrokerAnswer, isBrokerAuthError, type ProbeAnswer, type Session } from "@x/core/adapter";
import { authorize } from "./authorize.ts";
import { callKotakNeo, type KotakNeoClient } from "./call.ts";
import { positionsPath } from "./endpoints.ts";
import { readReportFailure } from "./failure-body.ts";
import { askClientIp, viewOf } from "./network.ts";
import { isReport } from "./responses.ts";
import type { KotakNeoTokens } from "./tokens.ts";
import { classify, sessionCodes } from "./verdict.ts";

/**
 * Whether the session lives (kotak-neo.md section 7). First get-client-ip: a code that is about the session is proof there; a success is
 * not, and neither is a bare 401, because that call looks at the configured access token too. Then the positions, where "No Data" is life
 * too. Both are reads; `refused` where both are met by a bare 403, `unknown` when neither gives a clear answer.
 */
export async function probe(session: Session<KotakNeoTokens>, client: KotakNeoClient): Promise<ProbeAnswer> {
  const first = await unlessSilent(askClientIp(session, client));
  if (first !== undefined && sessionCodes.has(readReportFailure(first.json).code ?? "")) return "dead";

  const { origin, headers } = authorize(session, { path: positionsPath }, client);
  const second = await unlessSilent(
    callKotakNeo({ step: "positions", method: "GET", url: `${origin}${positionsPath}`, headers }, client),
  );
  if (second === undefined) return "unknown";
  if (classify(viewOf(second, positionsPath), client.context.now()).kind === "dead") return "dead";
  // Without a body nobody has said anything: the session is over, or the account is not permitted (kotak-neo.md section 8.3). A page is a firewall's.
  if (second.status === 403 && second.body === "empty") return "refused";
  const showsData = second.ok && (isReport(second.json) || readReportFailure(second.json).code === "5203");
  return showsData ? "alive" : "unknown";
}

async function unlessSilent(call: Promise<BrokerAnswer>): Promise<BrokerAnswer | undefined> {
  try {
    return await call;
  } catch (error) {
    if (isBrokerAuthError(error) && error.code !== "aborted") return undefined;
    throw error;
  }
}
