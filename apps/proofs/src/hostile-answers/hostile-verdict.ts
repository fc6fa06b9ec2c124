import type { ResponseView, Session, Verdict } from "@x/core/adapter";
import { errorCodes, Secret } from "@x/core";
import { kotakNeo, type KotakNeoTokens } from "@x/kotak-neo";
import { nubra, type NubraTokens } from "@x/nubra";
import type { HostileAnswers } from "./hostile-answer.ts";
import type { HostileFindings } from "./seen-answer.ts";
import type { ProofContext } from "../harness/proof.ts";

const common = { issuedAt: 0, expiresAt: 1, deviceId: new Secret("device-0001"), generation: 1 };
const nubraSession: Session<NubraTokens> = { ...common, tokens: { sessionToken: new Secret("a.b.c") } };
const kotakNeoSession: Session<KotakNeoTokens> = {
  ...common,
  tokens: {
    token: new Secret("a.b.c"),
    sid: new Secret("sid"),
    baseUrl: "https://e21.kotaksecurities.com",
    feedUrl: undefined,
    rtUrl: undefined,
    dataCenter: undefined,
    ucc: new Secret("XY42Z"),
  },
};

/** Gives generated answers to both adapters' judges of a program's own requests. They are pure, so many can be had. */
export function judgeAnswers(answers: HostileAnswers, { scale, random }: ProofContext): HostileFindings {
  const [byNubra, byKotakNeo] = [nubra(), kotakNeo()];
  const strangers: string[] = [];
  const faults: string[] = [];
  const wanted = scale === "full" ? 50_000 : 2_000;
  const goods = [
    { stat: "Ok", stCode: 200, data: [] },
    { stat: "Not_Ok", stCode: 100_022, emsg: "invalid session token" },
  ];
  const paths = ["/portfolio/holdings", "/userinfo", "/quick/user/positions", "/script-details/1.0/quotes/x", "/"];
  for (let count = 0; count < wanted; count++) {
    const { status, headers, body } = answers.next(goods[count % goods.length] ?? {});
    const path = paths[Math.floor(random() * paths.length)] ?? "/";
    const lowered = new Headers(headers);
    const view: ResponseView = {
      method: random() < 0.5 ? "GET" : "POST",
      path,
      status,
      header: (name) => lowered.get(name) ?? undefined,
      json: parse(body),
    };
    try {
      faults.push(...verdictFaults("Nubra", byNubra.classify(view, nubraSession, 0), view));
      faults.push(...verdictFaults("Kotak Neo", byKotakNeo.classify(view, kotakNeoSession, 0), view));
    } catch (error) {
      strangers.push(`classify: ${String(error)}`);
    }
  }
  return { answers: wanted, strangers, faults };
}

/** A dead session leads to a login, so only a word for it may be called that: never throttling, and never a page. */
function verdictFaults(broker: string, verdict: Verdict, { status, json }: ResponseView): string[] {
  const refusal =
    verdict.kind === "refused" ? verdict.refusal : verdict.kind === "suspect" ? verdict.otherwise : undefined;
  const unknown = refusal !== undefined && !Object.hasOwn(errorCodes, refusal.code);
  const endless =
    refusal?.retryAfterMs !== undefined && !(refusal.retryAfterMs >= 0 && refusal.retryAfterMs <= 86_400_000);
  const silent = typeof json !== "object" || json === null;
  const killed = verdict.kind === "dead" && silent && status !== 401 && status !== 440;
  return [
    ...(unknown ? [`${broker}: a refusal without a known code`] : []),
    ...(endless ? [`${broker}: a wait of ${refusal?.retryAfterMs} ms`] : []),
    ...(killed ? [`${broker}: ${status} without a word called a dead session`] : []),
  ];
}

function parse(body: Uint8Array): unknown {
  if (body.length > 65_536) return undefined;
  try {
    return JSON.parse(new TextDecoder().decode(body));
  } catch {
    return undefined;
  }
}
