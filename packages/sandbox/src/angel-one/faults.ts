import type { JsonObject } from "../json.ts";
import { type Interruption, alterReply, interruptionOf, networkInterruptions } from "../network-fault.ts";
import type { Reply } from "../reply.ts";
import { type Scenario, textOf } from "../scenario.ts";
import type { AngelOneBroker } from "./broker.ts";
import { FIREWALL_PAGE, envelope, readSessionRefusalForm, sessionRefusal } from "./refusal.ts";
import type { AngelOneScenarioName } from "./scenarios.ts";
import type { StepContext } from "./step.ts";

/** What stands between the client and the broker: the network's faults in Angel One's format, and its own. */
export function interruptionAt(broker: AngelOneBroker, context: StepContext): Interruption | undefined {
  const told = (code: string, message: string): JsonObject =>
    envelope({ from: "gateway", code, message }, broker.strings);
  return interruptionOf<AngelOneScenarioName>(
    {
      // No body is on record for 429 and 5xx, so these are our choice.
      ...networkInterruptions({
        path: context.request.path,
        elsewhereUrl: broker.elsewhereUrl,
        rateLimited: told("AB1021", "Too many requests"),
        serverError: () => told("AB1004", "Something Went Wrong, Please Try After Sometime"),
      }),
      "access-rate": (scenario) => {
        const text = textOf(scenario, "text") ?? "Access denied because of exceeding access rate";
        if (scenario["json"] !== true) return { status: 403, headers: { "content-type": "text/plain" }, body: text };
        return { status: 403, body: told("", text) };
      },
      "auth-403": (scenario) =>
        sessionRefusal(readSessionRefusalForm(scenario["form"]) ?? "AG8001", broker.strings, 403),
      forbidden: () => ({ status: 403 }),
      firewall: () => FIREWALL_PAGE,
    },
    context.take,
  );
}

/** What happens to an answer on its way back. Each scenario that plays is noted in the journal. */
export function alterAnswer(broker: AngelOneBroker, context: StepContext, reply: Reply): Reply {
  const { entry } = context.request;
  const noted = (name: AngelOneScenarioName): Scenario | undefined => {
    const scenario = context.take(name);
    if (scenario !== undefined) entry.note(`fault: ${name}`);
    return scenario;
  };
  const isMint = (context.step === "login" || context.step === "renew") && entry.current.outcome === "accepted";
  if (isMint && noted("reset-after-mint") !== undefined) return { ...reply, fault: { kind: "reset" } };
  return alterReply(reply, noted, broker.now);
}
