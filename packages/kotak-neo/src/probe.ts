import { type BrokerAnswer, isBrokerAuthError, type Session } from "@x/core/adapter";
import { authorize } from "./authorize.ts";
import { callKotakNeo, type KotakNeoContext } from "./call.ts";
import { clientIpPath, positionsPath } from "./endpoints.ts";
import { readFailure } from "./failures.ts";
import { askClientIp, viewOf } from "./network.ts";
import { isReport } from "./responses.ts";
import type { KotakNeoTokens } from "./tokens.ts";
import { judge } from "./verdict.ts";

/**
 * Whether the session lives (kotak-neo.md section 7). First get-client-ip: a refusal of the session is proof there, a success is not. Then
 * the positions, where "No Data" is life too. Both are reads; `unknown` when neither gives a clear answer.
 */
export async function probe(
  session: Session<KotakNeoTokens>,
  context: KotakNeoContext,
): Promise<"alive" | "dead" | "unknown"> {
  const first = await unlessSilent(askClientIp(session, context));
  if (first !== undefined && isDead(first, clientIpPath, context) && !isAboutAccessToken(first)) return "dead";

  const { origin, headers } = authorize(session, { path: positionsPath }, context);
  const second = await unlessSilent(
    callKotakNeo({ step: "positions", method: "GET", url: `${origin}${positionsPath}`, headers }, context),
  );
  if (second === undefined) return "unknown";
  if (isDead(second, positionsPath, context)) return "dead";
  const showsData = second.ok && (isReport(second.json) || readFailure(second.json).code === "5203");
  return showsData ? "alive" : "unknown";
}

function isDead(answer: BrokerAnswer, path: string, { io }: KotakNeoContext): boolean {
  return judge(viewOf(answer, path), io.now()).kind === "dead";
}

// get-client-ip also looks at the access token: a wrong one in the configuration says nothing about a session that was made with the right one.
function isAboutAccessToken(answer: BrokerAnswer): boolean {
  const { code, text } = readFailure(answer.json);
  return code === "900901" || /consumer key/i.test(text);
}

async function unlessSilent(call: Promise<BrokerAnswer>): Promise<BrokerAnswer | undefined> {
  try {
    return await call;
  } catch (error) {
    if (isBrokerAuthError(error) && error.code !== "aborted") return undefined;
    throw error;
  }
}
