import type { Json, JsonObject } from "../json.ts";
import { expiredJwt } from "../jwt.ts";
import type { Reply } from "../reply.ts";
import { type Scenario, textOf } from "../scenario.ts";
import type { Account, TradeSession, ViewPair } from "./account-state.ts";
import type { KotakNeoWorld, Visit } from "./kotak-neo-world.ts";
import { panOf } from "./kotak-neo-token.ts";

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
export function viewAnswer(world: KotakNeoWorld, visit: Visit, account: Account, pair: ViewPair): Reply {
  return varied(visit, trimmed(world, common(account, pair, "View")));
}

/** The answer to call 2: the same fields and the hosts. */
export function tradeAnswer(world: KotakNeoWorld, visit: Visit, account: Account, session: TradeSession): Reply {
  return varied(visit, trimmed(world, { ...common(account, session, "Trade"), ...hostsOf(world, visit) }));
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

function hostsOf(world: KotakNeoWorld, visit: Visit): JsonObject {
  if (visit.take("no-base-url") !== undefined) return {};
  const url = world.tradingUrl();
  // Public clients join it with a slash of their own, so it has none but in the scenario (additions of 2026-11-30).
  const slash = visit.take("trailing-slash") === undefined ? "" : "/";
  const good = { baseUrl: `${url}${slash}`, feedUrl: `${url}/apifeed`, rtUrl: `${url}/realtime` };
  const bad = visit.take("bad-base-url");
  return bad === undefined ? good : { ...good, [textOf(bad, "field") ?? "baseUrl"]: wrongHost(world, bad) };
}

function wrongHost(world: KotakNeoWorld, scenario: Scenario): string {
  const kind = textOf(scenario, "kind") ?? "foreign";
  const hosts: Readonly<Record<string, string>> = {
    foreign: "https://trading.example.net",
    "look-alike": "https://e21.evilkotaksecurities.com",
    http: "http://e21.kotaksecurities.com",
    ip: "https://203.0.113.99",
    "user-info": "https://e21.kotaksecurities.com@trading.example.net",
    port: "https://e21.kotaksecurities.com:8443",
    elsewhere: world.elsewhereUrl,
  };
  return textOf(scenario, "url") ?? hosts[kind] ?? kind;
}

function trimmed(world: KotakNeoWorld, data: JsonObject): JsonObject {
  if (!world.documented) return data;
  const { ucc, greetingName } = data;
  const kept = Object.fromEntries(DOCUMENTED_FIELDS.map((name) => [name, data[name]]));
  return { ...kept, ucc: masked(ucc), greetingName: masked(greetingName) };
}

// The document says of both that they are masked.
function masked(value: Json | undefined): string {
  return (typeof value === "string" ? value : "").replace(/(?<=.).(?=.)/gu, "*");
}

/** A success that says something else as well (reference, additions of 2026-11-30). */
function contradicted(scenario: Scenario, data: JsonObject, at: number): Reply {
  const text = textOf(scenario, "text") ?? "The request could not be completed";
  const inside: Readonly<Record<string, JsonObject>> = {
    ucc: { ucc: "ZZ99Z" },
    "masked-ucc": { ucc: "Z***Z" },
    expired: { token: expiredJwt(data["token"], at) },
  };
  const beside: Readonly<Record<string, JsonObject>> = {
    error: { error: [{ code: "400", message: text }] },
    "success-false": { success: false, message: text },
  };
  const kind = textOf(scenario, "kind") ?? "error";
  const marks = beside[kind] ?? {};
  const answered = { ...data, ...inside[kind] };
  const body = scenario["inside"] === true ? { data: { ...answered, ...marks } } : { ...marks, data: answered };
  return { status: 200, body };
}

/** The scenarios that bend a success. */
function varied(visit: Visit, data: JsonObject): Reply {
  let result: Record<string, Json | undefined> = { ...data };
  const missing = visit.take("no-token");
  if (missing?.["bare"] === true) return { status: 200, body: {} };
  if (missing !== undefined) result[textOf(missing, "field") ?? "token"] = undefined;
  const type = visit.take("wrong-type");
  if (type !== undefined) result[textOf(type, "field") ?? "token"] = 1_234_567;
  const kType = visit.step === "validate" ? visit.take("wrong-ktype") : undefined;
  if (kType !== undefined) result["kType"] = kType["kType"] ?? "View";
  if (visit.take("extra-fields") !== undefined) {
    result = {
      ...result,
      hsServerId: "server4",
      unheardOf: { nested: [1, { deep: null }] },
      token2: "not-a-token",
      expires_in: 55,
    };
  }
  const contradiction = visit.take("contradiction");
  if (contradiction !== undefined) return contradicted(contradiction, result, visit.request.at);
  if (visit.take("proto-keys") !== undefined) {
    const { token, sid, ...rest } = result;
    // A computed key makes a property of its own where a plain one would set the prototype.
    return {
      status: 200,
      body: {
        ["__proto__"]: { polluted: true },
        data: { ...rest, ["__proto__"]: { token, sid, polluted: true }, constructor: { token, sid } },
      },
    };
  }
  return { status: 200, body: { data: result } };
}
