import { isJsonObject } from "../json.ts";
import type { ReceivedRequest } from "../listener.ts";
import type { Reply } from "../reply.ts";
import type { AccountState } from "./account-state.ts";
import { edgeFault } from "./edge-fault.ts";
import { type NubraStep, type StepContext, bearerOf, refuseStep } from "./nubra-step.ts";
import {
  type NubraWorld,
  accountByAuthToken,
  accountByEmail,
  accountByPhone,
  accountBySession,
  accountByTempToken,
} from "./nubra-world.ts";
import { refuse } from "./refusal.ts";
import { replyFault } from "./reply-fault.ts";
import { sendPhoneOtp } from "./send-phone-otp.ts";
import {
  furtherReads,
  holdings,
  logout,
  placeOrder,
  positions,
  report,
  userInfo,
  validateIp,
} from "./session-calls.ts";
import { disableTotp, enableTotp, generateTotpSecret } from "./totp-enrolment.ts";
import { totpLogin } from "./totp-login.ts";
import { verifyPhoneOtp } from "./verify-phone-otp.ts";
import { verifyPin } from "./verify-pin.ts";

/** All calls there are. */
export const nubraSteps: readonly NubraStep[] = [
  sendPhoneOtp,
  verifyPhoneOtp,
  totpLogin,
  verifyPin,
  generateTotpSecret,
  enableTotp,
  disableTotp,
  logout,
  userInfo,
  validateIp,
  holdings,
  positions,
  ...furtherReads,
  placeOrder,
  report,
];

/** Answers one request as the broker would: finds the step, checks its form (reference section 12 rules 1 to 4), runs it. */
export function answerNubra(world: NubraWorld, request: ReceivedRequest): Reply {
  const { entry, method, path } = request;
  // Slashes that were doubled in joining are one; the journal says so.
  const joined = path.replaceAll(/\/{2,}/g, "/");
  const found = nubraSteps.find((step) => step.path === joined) ?? stepWithCode(world, joined);
  if (found === undefined) return refuse(request, "not-found", "current");
  const account = identify(world, found, request);
  entry.tell({ step: found.name, account: account?.account.name });
  const methods = found.methods(world.profile);
  if (!methods.includes(method))
    return { ...refuse(request, "wrong-method", "current"), headers: { allow: methods.join(", ") } };

  const context: StepContext = {
    world,
    request,
    account,
    step: found,
    at: request.at,
    body: isJsonObject(request.json) ? request.json : {},
  };
  const stopped = edgeFault(context, false);
  if (stopped !== undefined) return stopped;
  const reply = replyFault(context, malformed(context) ?? found.run(context));
  return edgeFault(context, true) ?? reply;
}

function stepWithCode(world: NubraWorld, path: string): NubraStep | undefined {
  if (world.profile !== "documented") return undefined;
  return nubraSteps.find((step) => step.codeInPath === true && new RegExp(`^${step.path}/\\d{6}$`).test(path));
}

/** Whose request it is; the steps check for themselves whether that is enough. */
function identify(world: NubraWorld, step: NubraStep, request: ReceivedRequest): AccountState | undefined {
  if (!step.fields.includes("phone")) {
    const bearer = bearerOf(request) ?? "";
    return accountBySession(world, bearer) ?? accountByAuthToken(world, bearer);
  }
  const { phone, email } = isJsonObject(request.json) ? request.json : {};
  if (phone !== undefined) return accountByPhone(world, phone);
  return accountByEmail(world, email) ?? accountByTempToken(world, request.headers["x-temp-token"] ?? "");
}

function malformed(context: StepContext): Reply | undefined {
  const { request, step, world } = context;
  const missing = step.required.find((name) => (request.headers[name] ?? "") === "");
  if (missing !== undefined) return refuseStep(context, "missing-header", undefined, `${missing} is missing`);

  const oddities = step.unwanted
    .filter((name) => request.headers[name] !== undefined)
    .map((name) => `${name} on ${step.name}`);
  if (request.query.size > 0 && step.name !== "report") oddities.push(`a query on ${step.name}`);
  if (step.body === "none" && request.body.length > 0) oddities.push(`a body on ${step.name}`);
  if (request.path.includes("//")) oddities.push("// in the path");
  if (request.path.replaceAll(/\/{2,}/g, "/") !== step.path) oddities.push("the code in the path");
  if (step.body === "object") {
    if (!/^application\/json\s*(;.*)?$/i.test(request.headers["content-type"] ?? "")) {
      // The curls for enable and disable on the original page carry JSON without saying so.
      const forgiven = world.profile === "documented" && step.path.startsWith("/totp/");
      if (!forgiven) return refuseStep(context, "wrong-content-type");
      oddities.push("no JSON content type");
    }
    if (!isJsonObject(request.json))
      return refuseStep(context, "invalid-input", undefined, "the body is no JSON object");
    if (!step.fields.includes("*")) {
      for (const field of Object.keys(request.json))
        if (!step.fields.includes(field)) oddities.push(`field ${field} on ${step.name}`);
    }
  }
  for (const oddity of oddities) request.entry.note(oddity);
  return world.lint && oddities.length > 0 ? refuseStep(context, "lint") : undefined;
}
