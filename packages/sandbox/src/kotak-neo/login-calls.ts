import { type JsonObject, isJsonObject } from "../json.ts";
import type { Reply } from "../reply.ts";
import { type Scenario, textOf } from "../scenario.ts";
import { type Account, burnViewPair, countWrongFactor, isLocked, mintSession, openViewPair } from "./account-state.ts";
import type { KotakNeoBroker } from "./broker.ts";
import { type StepContext, accepted, isJsonType, isReply, lookOf, refused } from "./step.ts";
import { istStamp } from "../ist.ts";
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
export function login(broker: KotakNeoBroker, context: StepContext): Reply {
  const entered = enter(broker, context);
  if (isReply(entered)) return entered;
  const { account, body } = entered;
  const { mobileNumber, ucc, totp } = body;

  if (!isText(mobileNumber)) return refuse(broker, context, missingField("MobileNumber"));
  if (!isText(ucc)) return refuse(broker, context, missingField("Ucc"));
  if (!isText(totp)) return refuse(broker, context, missingField("Totp"));
  if (!/^\+91\d{10}$/.test(mobileNumber)) {
    return refuse(broker, context, malformedField("MobileNumber", "expected +91 and ten digits"));
  }

  const inner = context.take("inner-429");
  if (inner !== undefined) return refuse(broker, context, WRONG_UCC, { ...inner, failureStyle: "mixed", status: 200 });
  const wrongUcc = context.take("wrong-ucc");
  if (wrongUcc !== undefined || ucc !== account.customer.ucc) return refuse(broker, context, WRONG_UCC, wrongUcc);

  if (isLocked(account, broker.now())) return refuse(broker, context, LOCKED);

  // Asked in any case, so that the time step is spent whatever is wrong (section 12 rule 3).
  const verdict = broker.totp.verify(account.customer.name, account.customer.totpSecret, totp, broker.now());
  const echo = context.take("echo-secrets");
  if (echo !== undefined) return refuseFactor(broker, context, account, echoing(context, WRONG_TOTP), echo);
  const wrongTotp = context.take("wrong-totp");
  if (wrongTotp !== undefined) return refuseFactor(broker, context, account, WRONG_TOTP, wrongTotp);
  if (mobileNumber !== account.customer.mobileNumber) return refuseFactor(broker, context, account, WRONG_MOBILE);
  if (verdict !== "accepted")
    return refuseFactor(broker, context, account, verdict === "used" ? USED_TOTP : WRONG_TOTP);

  return accepted(context, viewAnswer(broker, context, account, openViewPair(account, broker.now())));
}

/** Call 2. It takes the view pair with it, whatever it is refused for: a failed call 2 goes back to call 1 (section 12 rule 4). */
export function validate(broker: KotakNeoBroker, context: StepContext): Reply {
  const { sid = "", auth = "" } = context.request.headers;
  // A mixed pair may belong to two accounts, so none of them is left out.
  const burnt = broker.accounts.map((one) => ({ owner: one, pair: burnViewPair(one, auth, sid, broker.now()) }));
  const owner = burnt.find(({ pair }) => pair !== undefined)?.owner;
  const entered = enter(broker, context);
  if (isReply(entered)) return entered;
  const { account, body } = entered;

  if (sid === "" || auth === "") return refuse(broker, context, MISSING_HEADER);
  const expired = context.take("view-expired");
  const form = readSessionRefusalForm(expired?.["form"]);
  if (form !== undefined) return refused(context, DEAD_VIEW_PAIR.reason, sessionRefusal(form, broker.look.style));
  if (expired !== undefined || owner !== account) return refuse(broker, context, DEAD_VIEW_PAIR, expired);

  if (!isText(body["mpin"])) return refuse(broker, context, missingField("Mpin"));
  if (isLocked(account, broker.now())) return refuse(broker, context, LOCKED);
  const echo = context.take("echo-secrets");
  if (echo !== undefined) return refuseFactor(broker, context, account, echoing(context, WRONG_MPIN), echo);
  const wrongPin = context.take("wrong-pin");
  if (wrongPin !== undefined || body["mpin"] !== account.customer.mpin)
    return refuseFactor(broker, context, account, WRONG_MPIN, wrongPin);

  const address = broker.callers.of(context.request.remoteAddress);
  const session = mintSession(account, broker.now(), { address, endOthers: broker.exclusive });
  return accepted(context, tradeAnswer(broker, context, account, session));
}

/** The address the broker sees, for people who have to list it (section 4, call 3). */
export function clientAddress(broker: KotakNeoBroker, context: StepContext): Reply {
  const { authorization, sid, auth } = context.request.headers;
  if (!isText(authorization) || !isText(sid) || !isText(auth)) return refuse(broker, context, MISSING_HEADER);
  const wrongToken = context.take("wrong-access-token");
  if (wrongToken !== undefined || context.account?.state.accessToken !== authorization) {
    return refuse(broker, context, wrongAccessToken(authorization), wrongToken);
  }
  const admitted = admit(broker, context);
  if (isReply(admitted)) return admitted;
  const ip = broker.callers.of(context.request.remoteAddress);
  return accepted(context, {
    status: 200,
    body: { data: [{ ip, time: istStamp(broker.now()) }], stCode: 1000, status: "success" },
  });
}

interface Entered {
  readonly account: Account;
  readonly body: JsonObject;
}

/** What both calls ask for before they look at their fields (section 12 rule 1). */
function enter(broker: KotakNeoBroker, context: StepContext): Entered | Reply {
  const no = (refusal: LoginRefusal, scenario?: Scenario): Reply => refuse(broker, context, refusal, scenario);
  const { headers, json } = context.request;
  const { authorization } = headers;
  if (context.take("missing-header") !== undefined) return no(MISSING_HEADER, IN_A_LIST);
  if (!isText(authorization) || !isText(headers["neo-fin-key"])) return no(MISSING_HEADER);
  const wrongToken = context.take("wrong-access-token");
  const account = broker.accounts.find(({ state }) => state.accessToken === authorization);
  if (wrongToken !== undefined || account === undefined) return no(wrongAccessToken(authorization), wrongToken);
  if (headers["neo-fin-key"] !== broker.neoFinKey) return no(WRONG_FIN_KEY);
  const type = headers["content-type"];
  const isForgiven = context.step === "validate" && /^(text\/plain\s*(;|$)|$)/i.test(type ?? "");
  if (!isJsonType(type) && !isForgiven) return no(WRONG_CONTENT_TYPE);
  if (!isJsonObject(json)) return no(NO_JSON_OBJECT);
  const field = context.take("missing-field");
  if (field !== undefined)
    return no(missingField(textOf(field, "field") ?? (context.step === "login" ? "Ucc" : "Mpin")), IN_A_LIST);
  return { account, body: json };
}

/** The table of scenarios asks for shape S2 in every style. */
const IN_A_LIST: Scenario = { name: "list", failureStyle: "mixed" };

function refuse(broker: KotakNeoBroker, context: StepContext, refusal: LoginRefusal, scenario?: Scenario): Reply {
  const call = context.step === "validate" ? 2 : 1;
  return refused(context, refusal.reason, loginRefusal(refusal, lookOf(broker, scenario), call));
}

function refuseFactor(
  broker: KotakNeoBroker,
  context: StepContext,
  account: Account,
  refusal: LoginRefusal,
  scenario?: Scenario,
): Reply {
  countWrongFactor(account, broker.now());
  return refuse(broker, context, refusal, scenario);
}

/** The reason in its own words, followed by everything the client sent. */
function echoing(context: StepContext, refusal: LoginRefusal): LoginRefusal {
  const { headers, body } = context.request;
  const sent = [headers["authorization"], headers["sid"], headers["auth"], body.toString("utf8")]
    .filter(isText)
    .join(" ");
  return { ...refusal, text: `${refusal.text}: ${sent}` };
}

function isText(value: unknown): value is string {
  return typeof value === "string" && value !== "";
}
