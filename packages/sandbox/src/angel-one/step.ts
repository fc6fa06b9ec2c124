import { type JsonObject, isJsonObject } from "../json.ts";
import type { ReceivedRequest } from "../listener.ts";
import type { Reply } from "../reply.ts";
import type { Scenario } from "../scenario.ts";
import type { Account } from "./account-state.ts";
import type { AngelOneBroker } from "./broker.ts";
import { type Refusal, refusalReply } from "./refusal.ts";
import type { AngelOneScenarioName } from "./scenarios.ts";

/** One request on its way through the broker. */
export interface StepContext {
  readonly request: ReceivedRequest;
  /** As the scenarios and the journal name it. */
  readonly step: string;
  /** The fields of a JSON body; empty where there is none. */
  readonly body: JsonObject;
  /** Whose call it seems to be; that it is allowed has yet to be shown. */
  readonly account: Account | undefined;
  /** Plays a scenario once, if it is on for this account and step. */
  readonly take: (name: AngelOneScenarioName) => Scenario | undefined;
  readonly strings: boolean;
}

/** True for an answer, false for what a check found. */
export function isReply(value: object): value is Reply {
  return "status" in value;
}

export function refused(context: StepContext, refusal: Refusal, reply?: Reply): Reply {
  context.request.entry.tell({ outcome: `refused: ${refusal.reason}` });
  return reply ?? refusalReply(refusal, context.strings);
}

export function accepted(context: StepContext, reply: Reply): Reply {
  context.request.entry.tell({ outcome: "accepted" });
  return reply;
}

/** The token behind `Bearer `; undefined if the header is absent or has another form. */
export function bearerOf({ headers }: Pick<ReceivedRequest, "headers">): string | undefined {
  return /^Bearer (\S+)$/.exec(headers["authorization"] ?? "")?.[1];
}

export function openContext(broker: AngelOneBroker, request: ReceivedRequest, step: string): StepContext {
  const body = isJsonObject(request.json) ? request.json : {};
  const account = trace(broker, request, body);
  const name = account?.customer.name;
  request.entry.tell({ account: name, ...(step === "" ? {} : { step }) });
  const take = (scenario: AngelOneScenarioName): Scenario | undefined => broker.scenarios.take(name, scenario, step);
  return { request, step, body, account, take, strings: broker.strings };
}

/** Whose call it seems to be, by whatever it carries; nothing is decided by it but the journal and the scenarios. */
function trace({ accounts }: AngelOneBroker, { headers }: ReceivedRequest, body: JsonObject): Account | undefined {
  const jwt = (headers["authorization"] ?? "").replace(/^Bearer /, "");
  const { clientcode, refreshToken } = body;
  return (
    accounts.find(({ state }) => state.sessions.some((one) => one.jwt === jwt)) ??
    accounts.find(({ state }) => state.sessions.some((one) => one.refreshToken === refreshToken)) ??
    accounts.find(({ customer }) => customer.clientCode === clientcode) ??
    accounts.find(({ customer }) => customer.apiKey === headers["x-privatekey"])
  );
}
