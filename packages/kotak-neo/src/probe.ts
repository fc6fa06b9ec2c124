import { type ProbeAnswer, type Session, unlessSilent, viewOf } from "@x/core/adapter";
import { callKotakNeo, clientIpHeaders } from "./call.ts";
import type { KotakNeoClient } from "./client.ts";
import { readReportFailure } from "./failure-body.ts";
import { isReport } from "./responses.ts";
import type { KotakNeoTokens } from "./tokens.ts";
import { classify, deadCodes } from "./verdict.ts";

/**
 * Whether the session lives (kotak-neo.md section 7). First get-client-ip: a code that is about the session is proof there; a success is
 * not, and neither is a bare 401, because that call looks at the configured access token too. Then the positions, where "No Data" is life
 * too. Both are reads; `refused` where both are met by a bare 403, `unknown` when neither gives a clear answer.
 */
export async function probe(session: Session<KotakNeoTokens>, client: KotakNeoClient): Promise<ProbeAnswer> {
  const headers = clientIpHeaders(session, client);
  const first = await unlessSilent(callKotakNeo("clientIp", { headers }, client));
  const { code = "" } = readReportFailure(first?.json);
  if (code !== "900901" && deadCodes.includes(code)) return "dead";

  const second = await unlessSilent(callKotakNeo("positions", { session }, client));
  if (second === undefined) return "unknown";
  if (classify(viewOf(second), client.context.now()).kind === "dead") return "dead";
  // Without a body nobody has said anything: the session is over, or the account is not permitted (kotak-neo.md section 8.3). A page is a firewall's.
  if (second.status === 403 && second.body === "empty") return "refused";
  const showsData = second.ok && (isReport(second.json) || readReportFailure(second.json).code === "5203");
  return showsData ? "alive" : "unknown";
}
