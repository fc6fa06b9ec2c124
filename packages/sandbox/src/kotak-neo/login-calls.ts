import { type JsonObject, isJsonObject } from "../json.ts";
import type { Reply } from "../reply.ts";
import { type Scenario, textOf } from "../scenario.ts";
import { type Account, burnViewPair, countWrongFactor, isLocked, mintSession, openViewPair } from "./account-state.ts";
import { type KotakNeoWorld, type Visit, accepted, isReply, lookOf, refused } from "./kotak-neo-world.ts";
import { isJsonType } from "./deviations.ts";
import { istStamp } from "./ist.ts";
import { tradeAnswer, viewAnswer } from "./login-answer.ts";
import {
  DEAD_VIEW_PAIR,
  LOCKED,
  type LoginRefusal,
  MISSING_HEADER,
  NO_JSON_OBJECT,
  USED_TOTP,
  WRONG_CONTENT_TYPE,
  WRONG_FIN_KEY,
  WRONG_MOBILE,
  WRONG_MPIN,
  WRONG_TOTP,
  WRONG_UCC,
  loginRefusal,
  malformedField,
  missingField,
  wrongAccessToken,
} from "./refusal.ts";
import { admit } from "./session-gate.ts";
import { readSessionRefusalForm, sessionRefusal } from "./session-refusal.ts";

/** Call 1. The order of the checks is that of gotcha 7: form first, the TOTP last. */
export function login(world: KotakNeoWorld, visit: Visit): Reply {
  const entered = enter(world, visit);
  if (isReply(entered)) return entered;
  const { account, body } = entered;
  const { mobileNumber, ucc, totp } = body;

  if (!isText(mobileNumber)) return refuse(world, visit, missingField("MobileNumber"));
  if (!isText(ucc)) return refuse(world, visit, missingField("Ucc"));
  if (!isText(totp)) return refuse(world, visit, missingField("Totp"));
  if (!/^\+91\d{10}$/.test(mobileNumber)) {
    return refuse(world, visit, malformedField("MobileNumber", "expected +91 and ten digits"));
  }

  const inner = visit.take("inner-429");
  if (inner !== undefined) return refuse(world, visit, WRONG_UCC, { ...inner, failureStyle: "mixed", status: 200 });
  const wrongUcc = visit.take("wrong-ucc");
  if (wrongUcc !== undefined || ucc !== account.customer.ucc) return refuse(world, visit, WRONG_UCC, wrongUcc);

  if (isLocked(account, world.now())) return refuse(world, visit, LOCKED);

  // Asked in any case, so that the time step is spent whatever is wrong (section 12 rule 3).
  const verdict = world.totp.verify(account.customer.name, account.customer.totpSecret, totp, world.now());
  const echo = visit.take("echo-secrets");
  if (echo !== undefined) return refuseFactor(world, visit, account, echoing(visit, WRONG_TOTP), echo);
  const wrongTotp = visit.take("wrong-totp");
  if (wrongTotp !== undefined) return refuseFactor(world, visit, account, WRONG_TOTP, wrongTotp);
  if (mobileNumber !== account.customer.mobileNumber) return refuseFactor(world, visit, account, WRONG_MOBILE);
  if (verdict !== "accepted") return refuseFactor(world, visit, account, verdict === "used" ? USED_TOTP : WRONG_TOTP);

  return accepted(visit, viewAnswer(world, visit, account, openViewPair(account, world.now())));
}

/** Call 2. It takes the view pair with it, whatever it is refused for: a failed call 2 goes back to call 1 (section 12 rule 4). */
export function validate(world: KotakNeoWorld, visit: Visit): Reply {
  const { sid = "", auth = "" } = visit.request.headers;
  // A mixed pair may belong to two accounts, so none of them is left out.
  const burnt = world.accounts.map((one) => ({ owner: one, pair: burnViewPair(one, auth, sid, world.now()) }));
  const owner = burnt.find(({ pair }) => pair !== undefined)?.owner;
  const entered = enter(world, visit);
  if (isReply(entered)) return entered;
  const { account, body } = entered;

  if (sid === "" || auth === "") return refuse(world, visit, MISSING_HEADER);
  const expired = visit.take("view-expired");
  const form = readSessionRefusalForm(expired?.["form"]);
  if (form !== undefined) return refused(visit, DEAD_VIEW_PAIR.reason, sessionRefusal(form, world.look.style));
  if (expired !== undefined || owner !== account) return refuse(world, visit, DEAD_VIEW_PAIR, expired);

  if (!isText(body["mpin"])) return refuse(world, visit, missingField("Mpin"));
  if (isLocked(account, world.now())) return refuse(world, visit, LOCKED);
  const echo = visit.take("echo-secrets");
  if (echo !== undefined) return refuseFactor(world, visit, account, echoing(visit, WRONG_MPIN), echo);
  const wrongPin = visit.take("wrong-pin");
  if (wrongPin !== undefined || body["mpin"] !== account.customer.mpin)
    return refuseFactor(world, visit, account, WRONG_MPIN, wrongPin);

  const address = world.callers.of(visit.request.remoteAddress);
  const session = mintSession(account, world.now(), { address, endOthers: world.exclusive });
  return accepted(visit, tradeAnswer(world, visit, account, session));
}

/** The address the broker sees, for people who have to list it (section 4, call 3). */
export function clientAddress(world: KotakNeoWorld, visit: Visit): Reply {
  const { authorization, sid, auth } = visit.request.headers;
  if (!isText(authorization) || !isText(sid) || !isText(auth)) return refuse(world, visit, MISSING_HEADER);
  const wrongToken = visit.take("wrong-access-token");
  if (wrongToken !== undefined || visit.account?.state.accessToken !== authorization) {
    return refuse(world, visit, wrongAccessToken(authorization), wrongToken);
  }
  const admitted = admit(world, visit);
  if (isReply(admitted)) return admitted;
  const ip = world.callers.of(visit.request.remoteAddress);
  return accepted(visit, {
    status: 200,
    body: { data: [{ ip, time: istStamp(world.now()) }], stCode: 1000, status: "success" },
  });
}

interface Entered {
  readonly account: Account;
  readonly body: JsonObject;
}

/** What both calls ask for before they look at their fields (section 12 rule 1). */
function enter(world: KotakNeoWorld, visit: Visit): Entered | Reply {
  const no = (refusal: LoginRefusal, scenario?: Scenario): Reply => refuse(world, visit, refusal, scenario);
  const { headers, json } = visit.request;
  const { authorization } = headers;
  if (visit.take("missing-header") !== undefined) return no(MISSING_HEADER, IN_A_LIST);
  if (!isText(authorization) || !isText(headers["neo-fin-key"])) return no(MISSING_HEADER);
  const wrongToken = visit.take("wrong-access-token");
  const account = world.accounts.find(({ state }) => state.accessToken === authorization);
  if (wrongToken !== undefined || account === undefined) return no(wrongAccessToken(authorization), wrongToken);
  if (headers["neo-fin-key"] !== world.neoFinKey) return no(WRONG_FIN_KEY);
  const type = headers["content-type"];
  const isForgiven = visit.step === "validate" && /^(text\/plain\s*(;|$)|$)/i.test(type ?? "");
  if (!isJsonType(type) && !isForgiven) return no(WRONG_CONTENT_TYPE);
  if (!isJsonObject(json)) return no(NO_JSON_OBJECT);
  const field = visit.take("missing-field");
  if (field !== undefined)
    return no(missingField(textOf(field, "field") ?? (visit.step === "login" ? "Ucc" : "Mpin")), IN_A_LIST);
  return { account, body: json };
}

/** The table of scenarios asks for shape S2 in every style. */
const IN_A_LIST: Scenario = { name: "list", failureStyle: "mixed" };

function refuse(world: KotakNeoWorld, visit: Visit, refusal: LoginRefusal, scenario?: Scenario): Reply {
  const call = visit.step === "validate" ? 2 : 1;
  return refused(visit, refusal.reason, loginRefusal(refusal, lookOf(world, scenario), call));
}

function refuseFactor(
  world: KotakNeoWorld,
  visit: Visit,
  account: Account,
  refusal: LoginRefusal,
  scenario?: Scenario,
): Reply {
  countWrongFactor(account, world.now());
  return refuse(world, visit, refusal, scenario);
}

/** The reason in its own words, followed by everything the client sent. */
function echoing(visit: Visit, refusal: LoginRefusal): LoginRefusal {
  const { headers, body } = visit.request;
  const sent = [headers["authorization"], headers["sid"], headers["auth"], body.toString("utf8")]
    .filter(isText)
    .join(" ");
  return { ...refusal, text: `${refusal.text}: ${sent}` };
}

function isText(value: unknown): value is string {
  return typeof value === "string" && value !== "";
}
