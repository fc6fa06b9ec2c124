import { isJsonObject } from "../json.ts";
import type { ReceivedRequest } from "../listener.ts";
import { interrupted } from "../network-fault.ts";
import type { Reply } from "../reply.ts";
import type { AccountState } from "./account-state.ts";
import { alterAnswer } from "./answer-variants.ts";
import {
  type NubraBroker,
  accountByAuthToken,
  accountByEmail,
  accountByPhone,
  accountBySession,
  accountByTempToken,
} from "./broker.ts";
import { deviationsOf } from "./deviations.ts";
import { interruptionAt } from "./faults.ts";
import { refuse } from "./refusal.ts";
import { nubraSteps } from "./routes.ts";
import { type NubraStep, type StepContext, bearerOf, isJsonType, play, refuseStep } from "./step.ts";

/** Answers one request as the broker would: finds the step, checks its form (reference section 12 rules 1 to 4), runs it. */
export function answerNubra(broker: NubraBroker, request: ReceivedRequest): Reply {
  const { entry, method, path } = request;
  // Slashes that were doubled in joining are one; the journal says so.
  const joined = path.replaceAll(/\/{2,}/g, "/");
  const found = nubraSteps.find((step) => step.path === joined) ?? stepWithCode(broker, joined);
  if (found === undefined) return refuse(request, "not-found", "current");
  const account = identify(broker, found, request);
  entry.tell({ step: found.name, account: account?.account.name });
  const methods = found.methods(broker.profile);
  if (!methods.includes(method))
    return { ...refuse(request, "wrong-method", "current"), headers: { allow: methods.join(", ") } };

  const context: StepContext = {
    broker,
    request,
    account,
    step: found,
    at: request.at,
    body: isJsonObject(request.json) ? request.json : {},
  };
  return interrupted(entry, interruptionAt(context), () => {
    if (play(context, "forbidden") !== undefined) return refuse(request, "forbidden", "current");
    return alterAnswer(context, malformed(context) ?? found.run(context));
  });
}

function stepWithCode(broker: NubraBroker, path: string): NubraStep | undefined {
  if (broker.profile !== "documented") return undefined;
  return nubraSteps.find((step) => step.codeInPath === true && new RegExp(`^${step.path}/\\d{6}$`).test(path));
}

/** Whose request it is; the steps check for themselves whether that is enough. */
function identify(broker: NubraBroker, step: NubraStep, request: ReceivedRequest): AccountState | undefined {
  if (!step.fields.includes("phone")) {
    const bearer = bearerOf(request) ?? "";
    return accountBySession(broker, bearer) ?? accountByAuthToken(broker, bearer);
  }
  const { phone, email } = isJsonObject(request.json) ? request.json : {};
  if (phone !== undefined) return accountByPhone(broker, phone);
  return accountByEmail(broker, email) ?? accountByTempToken(broker, request.headers["x-temp-token"] ?? "");
}

function malformed(context: StepContext): Reply | undefined {
  const { broker, request, step } = context;
  const missing = step.required.find((name) => (request.headers[name] ?? "") === "");
  if (missing !== undefined) return refuseStep(context, "missing-header", undefined, `${missing} is missing`);
  if (step.body === "object") {
    const isForgiven = broker.profile === "documented" && step.path.startsWith("/totp/");
    if (!isForgiven && !isJsonType(request.headers["content-type"])) return refuseStep(context, "wrong-content-type");
    if (!isJsonObject(request.json))
      return refuseStep(context, "invalid-input", undefined, "the body is no JSON object");
  }
  const deviations = deviationsOf(context);
  for (const text of deviations) request.entry.note(text);
  return broker.lint && deviations.length > 0 ? refuseStep(context, "lint") : undefined;
}
