import type { ReceivedRequest } from "../listener.ts";
import type { Reply } from "../reply.ts";
import type { Scenario } from "../scenario.ts";
import type { Account } from "./account-state.ts";
import { type ZerodhaBroker, appOf } from "./broker.ts";
import { type Refusal, errorReply } from "./refusal.ts";
import type { ZerodhaScenarioName } from "./scenarios.ts";

/** One request on its way through the broker. */
export interface StepContext {
  readonly request: ReceivedRequest;
  /** As the scenarios and the journal name it. */
  readonly step: string;
  /** The form fields of the body; empty where there is no form. */
  readonly form: URLSearchParams;
  /** Whose call it seems to be; that it is allowed has yet to be shown. */
  readonly account: Account | undefined;
  /** Plays a scenario once, if it is on for this account and step. */
  readonly take: (name: ZerodhaScenarioName) => Scenario | undefined;
}

/** True for an answer, false for what a check found. */
export function isReply(value: object): value is Reply {
  return "status" in value;
}

export function refused(context: StepContext, refusal: Refusal, reply: Reply = errorReply(refusal)): Reply {
  context.request.entry.tell({ outcome: `refused: ${refusal.reason}` });
  return reply;
}

export function accepted(context: StepContext, reply: Reply): Reply {
  context.request.entry.tell({ outcome: "accepted" });
  return reply;
}

export function isFormType(contentType: string | undefined): boolean {
  return /^application\/x-www-form-urlencoded\s*(;|$)/i.test(contentType ?? "");
}

/** `token api_key:access_token`; undefined for any other form. */
export function authorizationOf({ headers }: ReceivedRequest): { apiKey: string; token: string } | undefined {
  const [, apiKey, token] = /^token ([^:\s]+):(\S+)$/.exec(headers["authorization"] ?? "") ?? [];
  return apiKey === undefined || token === undefined ? undefined : { apiKey, token };
}

export function openContext(broker: ZerodhaBroker, request: ReceivedRequest, step: string): StepContext {
  const { headers, body } = request;
  const form = new URLSearchParams(isFormType(headers["content-type"]) ? body.toString("utf8") : "");
  const account = trace(broker, request, form);
  const name = account?.customer.name;
  request.entry.tell({ account: name, ...(step === "" ? {} : { step }) });
  return { request, step, form, account, take: (scenario) => broker.scenarios.take(name, scenario, step) };
}

/** Whose call it seems to be, by whatever it carries; nothing is decided by it but the journal and the scenarios. */
function trace(broker: ZerodhaBroker, request: ReceivedRequest, form: URLSearchParams): Account | undefined {
  const { accounts } = broker;
  const { query } = request;
  const token = authorizationOf(request)?.token ?? query.get("access_token");
  const requestToken = form.get("request_token");
  const refreshToken = form.get("refresh_token") ?? query.get("refresh_token");
  return (
    accounts.find(({ state }) => state.sessions.some((one) => one.token === token)) ??
    accounts.find(({ state }) => state.requestTokens.some((one) => one.token === requestToken)) ??
    accounts.find(({ state }) => requestToken !== null && state.spentRequestTokens.includes(requestToken)) ??
    accounts.find(({ state }) =>
      state.sessions.some((one) => one.refreshToken !== "" && one.refreshToken === refreshToken),
    ) ??
    accounts.find(({ customer }) => customer.userId === form.get("user_id")) ??
    appOf(broker, form.get("api_key") ?? query.get("api_key"))
  );
}
