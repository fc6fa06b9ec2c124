import type { JsonObject } from "../json.ts";
import type { ReceivedRequest } from "../listener.ts";
import type { Reply } from "../reply.ts";
import type { Scenario } from "../scenario.ts";
import type { AccountState } from "./account-state.ts";
import {
  type DeadTokenReason,
  type NubraFailureStyle,
  type RefusalName,
  nubraFailureStyles,
  refuse,
  refuseToken,
} from "./refusal.ts";
import type { NubraBroker } from "./broker.ts";
import type { NubraProfile } from "./options.ts";
import type { NubraScenarioName } from "./scenarios.ts";

/** One call of the broker: what the router checks for it, and what it does. */
export interface NubraStep {
  readonly name: string;
  readonly methods: (profile: NubraProfile) => readonly string[];
  readonly path: string;
  /** The original page's curl for enable has the code as one more path segment; only the `documented` profile takes it. */
  readonly codeInPath?: true | undefined;
  readonly body: "object" | "none";
  /** Missing: 400 (reference section 12 rule 4). Authorization of session calls is not here, its absence is a 401. */
  readonly required: readonly string[];
  /** The "must not send" column of reference section 4: accepted and journalled, 400 in lint mode. */
  readonly unwanted: readonly string[];
  /** Body fields that some client or document sends; others are journalled, 400 in lint mode. */
  readonly fields: readonly string[];
  readonly run: (context: StepContext) => Reply;
}

export interface StepContext {
  readonly broker: NubraBroker;
  readonly step: NubraStep;
  readonly request: ReceivedRequest;
  /** Empty where the step has no body. */
  readonly body: JsonObject;
  readonly account: AccountState | undefined;
  readonly at: number;
}

/** Plays a scenario for the account of the request, once. */
export function play(context: StepContext, name: NubraScenarioName): Scenario | undefined {
  return context.broker.scenarios.take(context.account?.account.name, name, context.step.name);
}

/** The same, but only if the scenario names this very step: for steps that a scenario should not reach by default. */
export function playIfNamed(context: StepContext, name: NubraScenarioName): Scenario | undefined {
  const waiting = context.broker.scenarios.active(context.account?.account.name, name, context.step.name);
  return waiting?.step === undefined ? undefined : play(context, name);
}

/** Refuses in the broker's failure style, or in the one of the scenario that plays. */
export function refuseStep(context: StepContext, name: RefusalName, scenario?: Scenario, detail?: string): Reply {
  return refuse(context.request, name, styleOf(context.broker, scenario), detail);
}

/** Reference section 3, and section 12 rule 3. */
export const PHONE_RULE = "ten digits as a text, without +91";

export function isPhone(value: unknown): value is string {
  return typeof value === "string" && /^\d{10}$/.test(value);
}

/** Reference section 3. */
export const PIN_RULE = "four to six digits as a text";

const forms: Readonly<Record<string, string>> = {
  string: "a text of another form",
  number: "a number",
  boolean: "true or false",
};

/** The answer says as little as the broker's does; the journal's note names the field. */
export function refuseInput(context: StepContext, field: string, rule: string): Reply {
  const given = context.body[field];
  const found = given === undefined ? "missing" : (forms[typeof given] ?? "a list or an object");
  return refuseStep(context, "invalid-input", undefined, `${field} must be ${rule}; it is ${found}`);
}

export function refuseDeadToken(
  context: StepContext,
  reason: DeadTokenReason,
  scenario?: Scenario,
  style: NubraFailureStyle = styleOf(context.broker, scenario),
): Reply {
  return refuseToken(context.request, reason, style);
}

export function accept(context: StepContext, status: number, body: Reply["body"]): Reply {
  context.request.entry.tell({ outcome: "accepted" });
  return { status, body };
}

export function header(context: StepContext, name: string): string {
  return context.request.headers[name] ?? "";
}

export function isJsonType(contentType: string | undefined): boolean {
  return /^application\/json\s*(;|$)/i.test(contentType ?? "");
}

/** True for an answer, false for what a check found. */
export function isReply(value: object): value is Reply {
  return "status" in value;
}

/** The token behind "Bearer "; undefined if the header is absent or has another form. */
export function bearerOf(request: ReceivedRequest): string | undefined {
  return /^Bearer (\S+)$/i.exec(request.headers["authorization"] ?? "")?.[1];
}

/** The style that a scenario asks for. */
export function styleIn(scenario: Scenario | undefined): NubraFailureStyle | undefined {
  return nubraFailureStyles.find((style) => style === scenario?.["failureStyle"]);
}

function styleOf(broker: NubraBroker, scenario: Scenario | undefined): NubraFailureStyle {
  return styleIn(scenario) ?? broker.failureStyle;
}
