import { errorCodes } from "@x/core";
import type { ResponseView, Verdict } from "@x/core/adapter";
import { kotakNeo } from "@x/kotak-neo";
import { nubra } from "@x/nubra";
import type { ProofContext } from "../harness/proof.ts";
import { oneOf } from "../harness/sample.ts";
import type { HostileAnswers } from "./hostile-answer.ts";
import { goodSessions } from "./hostile-call.ts";
import { type HostileFindings, parsed } from "./seen-answer.ts";

/** Gives generated answers to both adapters' judges of a program's own requests. They are pure, so many can be had. */
export async function judgeAnswers(
  answers: HostileAnswers,
  { scale, random }: ProofContext,
  found: HostileFindings,
): Promise<void> {
  const sessions = await goodSessions();
  const [byNubra, byKotakNeo] = [nubra(), kotakNeo()];
  const wanted = scale === "full" ? 50_000 : 2_000;
  const goods = [
    { stat: "Ok", stCode: 200, data: [] },
    { stat: "Not_Ok", stCode: 100_022, emsg: "invalid session token" },
  ];
  const paths = ["/portfolio/holdings", "/userinfo", "/quick/user/positions", "/script-details/1.0/quotes/x", "/"];
  for (let count = 0; count < wanted; count++) {
    const { status, headers, body } = answers(goods[count % goods.length] ?? {});
    const path = oneOf(paths, random);
    const lowered = new Headers(headers);
    const view: ResponseView = {
      method: random() < 0.5 ? "GET" : "POST",
      path,
      status,
      header: (name) => lowered.get(name) ?? undefined,
      json: body.length > 65_536 ? undefined : parsed(body),
    };
    try {
      found.wrong.add(...verdictFaults("Nubra", byNubra.classify(view, sessions.nubra, 0), view));
      found.wrong.add(...verdictFaults("Kotak Neo", byKotakNeo.classify(view, sessions.kotakNeo, 0), view));
    } catch (error) {
      found.strangers.add(`classify: ${String(error)}`);
    }
  }
  found.judged.add(wanted);
}

/** A dead session leads to a login, so only a word for it may be called that: never throttling, and never a page. */
function verdictFaults(broker: string, verdict: Verdict, { status, json }: ResponseView): string[] {
  const refusal =
    verdict.kind === "refused" ? verdict.refusal : verdict.kind === "suspect" ? verdict.otherwise : undefined;
  const waitMs = refusal?.retryAfterMs ?? 0;
  const silent = typeof json !== "object" || json === null;
  const found = {
    "a refusal without a known code": refusal !== undefined && !Object.hasOwn(errorCodes, refusal.code),
    [`a wait of ${waitMs} ms`]: !(waitMs >= 0 && waitMs <= 86_400_000),
    [`${status} without a word called a dead session`]:
      verdict.kind === "dead" && silent && status !== 401 && status !== 440,
  };
  return Object.entries(found).flatMap(([what, holds]) => (holds ? [`${broker}: ${what}`] : []));
}
