import { isJsonObject } from "../json.ts";
import type { ReceivedRequest } from "../listener.ts";
import type { Reply } from "../reply.ts";
import { type Scenario, numberOf } from "../scenario.ts";
import type { Account } from "./account-state.ts";
import type { KotakNeoBroker } from "./broker.ts";
import { type FailureLook, kotakNeoFailureStyles } from "./refusal.ts";
import type { KotakNeoScenarioName } from "./scenarios.ts";

/** One request on its way through the broker. */
export interface StepContext {
  readonly request: ReceivedRequest;
  /** As the scenarios and the journal name it. */
  readonly step: string;
  /** Whose call it seems to be; that it is allowed has yet to be shown. */
  readonly account: Account | undefined;
  /** Plays a scenario once, if it is on for this account and step. */
  readonly take: (name: KotakNeoScenarioName) => Scenario | undefined;
}

/** True for an answer, false for what a check found. */
export function isReply(value: object): value is Reply {
  return "status" in value;
}

export function refused(context: StepContext, reason: string, reply: Reply): Reply {
  context.request.entry.tell({ outcome: `refused: ${reason}` });
  return reply;
}

export function accepted(context: StepContext, reply: Reply): Reply {
  context.request.entry.tell({ outcome: "accepted" });
  return reply;
}

/** The style a refusal is told in: the scenario's own, else the broker's. */
export function lookOf(broker: KotakNeoBroker, scenario: Scenario | undefined): FailureLook {
  const style = kotakNeoFailureStyles.find((one) => one === scenario?.["failureStyle"]) ?? broker.look.style;
  return { style, status: (scenario && numberOf(scenario, "status")) ?? broker.look.status };
}

export function isJsonType(contentType: string | undefined): boolean {
  return /^application\/json\s*(;|$)/i.test(contentType ?? "");
}

export function openContext(broker: KotakNeoBroker, request: ReceivedRequest, step: string): StepContext {
  const account = trace(broker.accounts, request);
  const name = account?.customer.name;
  request.entry.tell({ account: name, ...(step === "" ? {} : { step }) });
  return { request, step, account, take: (scenario) => broker.scenarios.take(name, scenario, step) };
}

/** Whose call it seems to be, by whatever it carries; nothing is decided by it but the journal and the scenarios. */
function trace(accounts: readonly Account[], request: ReceivedRequest): Account | undefined {
  const { authorization = "", auth = "", sid = "" } = request.headers;
  const accessToken = authorization.replace(/^Bearer\s+/i, "");
  const body = isJsonObject(request.json) ? request.json : {};
  const { ucc, mobileNumber } = body;
  return (
    accounts.find(({ state }) => state.accessToken === accessToken) ??
    accounts.find(({ state }) => [...state.sessions, ...state.viewPairs].some((one) => one.token === auth)) ??
    accounts.find(({ state }) => [...state.sessions, ...state.viewPairs].some((one) => one.sid === sid)) ??
    accounts.find(({ state }) => state.formerAccessTokens.includes(accessToken)) ??
    accounts.find(({ customer }) => customer.ucc === ucc) ??
    accounts.find(({ customer }) => customer.mobileNumber === mobileNumber)
  );
}
