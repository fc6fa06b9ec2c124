import type { Json, JsonObject } from "../json.ts";
import type { Reply } from "../reply.ts";
import { type Scenario, textOf } from "../scenario.ts";
import type { Account, TradeSession, ViewPair } from "./account-state.ts";
import { varied } from "./answer-variants.ts";
import type { KotakNeoBroker } from "./broker.ts";
import type { StepContext } from "./step.ts";
import { panOf } from "./token.ts";

/** Long, with bullets, line breaks and a link, as reference section 4.1 and gotcha 12 say. */
const RISK_DISCLOSURE = [
  "RISK DISCLOSURES ON DERIVATIVES",
  ...Array.from(
    { length: 40 },
    (_, line) =>
      `\u2022 ${line + 1}. An invented sentence in the place of the long text about the risks of derivatives, "quoted" once.`,
  ),
  "https://www.example.com/risk-disclosure",
].join("\n");

/** What the original document lists, and no more (seed document, "Common Response Fields"). */
const DOCUMENTED_FIELDS: readonly string[] = [
  "token",
  "sid",
  "rid",
  "hsServerId",
  "isUserPwdExpired",
  "ucc",
  "greetingName",
  "isTrialAccount",
  "dataCenter",
  "searchAPIKey",
  "derivativesRiskDisclosure",
  "mfAccess",
  "dataCenterMap",
  "dormancyStatus",
  "kType",
];

/** The answer to call 1: reference section 4.1. */
export function viewAnswer(broker: KotakNeoBroker, context: StepContext, account: Account, pair: ViewPair): Reply {
  return varied(context, trimmed(broker, common(account, pair, "View")));
}

/** The answer to call 2: the same fields and the hosts. */
export function tradeAnswer(
  broker: KotakNeoBroker,
  context: StepContext,
  account: Account,
  session: TradeSession,
): Reply {
  return varied(context, trimmed(broker, { ...common(account, session, "Trade"), ...hostsOf(broker, context) }));
}

function common(account: Account, minted: ViewPair | TradeSession, kType: "View" | "Trade"): JsonObject {
  const { customer } = account;
  return {
    token: minted.token,
    sid: minted.sid,
    rid: minted.rid,
    hsServerId: "",
    isUserPwdExpired: false,
    ucc: customer.ucc,
    greetingName: customer.greetingName ?? "TEST USER",
    isTrialAccount: false,
    dataCenter: "E21",
    searchAPIKey: "",
    derivativesRiskDisclosure: RISK_DISCLOSURE,
    mfAccess: 1,
    dataCenterMap: null,
    dormancyStatus: "A",
    asbaStatus: "",
    clientType: "RI",
    isNRI: false,
    kId: panOf(customer),
    kType,
    status: "success",
    incRange: 1,
    incUpdFlag: "",
    clientGroup: "",
    kraStatus: "",
    rcFlag: 0,
  };
}

function hostsOf(broker: KotakNeoBroker, context: StepContext): JsonObject {
  if (context.take("no-base-url") !== undefined) return {};
  const url = broker.tradingUrl();
  // Public clients join it with a slash of their own, so it has none but in the scenario (additions of 2026-11-30).
  const slash = context.take("trailing-slash") === undefined ? "" : "/";
  const good = { baseUrl: `${url}${slash}`, feedUrl: `${url}/apifeed`, rtUrl: `${url}/realtime` };
  const bad = context.take("bad-base-url");
  return bad === undefined ? good : { ...good, [textOf(bad, "field") ?? "baseUrl"]: wrongHost(broker, bad) };
}

function wrongHost(broker: KotakNeoBroker, scenario: Scenario): string {
  const kind = textOf(scenario, "kind") ?? "foreign";
  const hosts: Readonly<Record<string, string>> = {
    foreign: "https://trading.example.net",
    "look-alike": "https://e21.evilkotaksecurities.com",
    http: "http://e21.kotaksecurities.com",
    ip: "https://203.0.113.99",
    "user-info": "https://e21.kotaksecurities.com@trading.example.net",
    port: "https://e21.kotaksecurities.com:8443",
    elsewhere: broker.elsewhereUrl,
  };
  return textOf(scenario, "url") ?? hosts[kind] ?? kind;
}

function trimmed(broker: KotakNeoBroker, data: JsonObject): JsonObject {
  if (!broker.documented) return data;
  const { ucc, greetingName } = data;
  const kept = Object.fromEntries(DOCUMENTED_FIELDS.map((name) => [name, data[name]]));
  return { ...kept, ucc: masked(ucc), greetingName: masked(greetingName) };
}

// The document says of both that they are masked.
function masked(value: Json | undefined): string {
  return (typeof value === "string" ? value : "").replace(/(?<=.).(?=.)/gu, "*");
}
