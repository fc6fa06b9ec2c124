import { type Interruption, alterReply, interruptionOf, networkInterruptions } from "../network-fault.ts";
import type { Reply } from "../reply.ts";
import type { Scenario } from "../scenario.ts";
import type { KotakNeoBroker } from "./broker.ts";
import type { KotakNeoScenarioName } from "./scenarios.ts";
import type { StepContext } from "./step.ts";

/** What stands between the client and the broker: the network's faults in Kotak Neo's format, and its own. */
export function interruptionAt(broker: KotakNeoBroker, context: StepContext): Interruption | undefined {
  return interruptionOf<KotakNeoScenarioName>(
    {
      // No body is documented for 403 and none is on record for 429 and 5xx (reference section 8.2), so these are our choice.
      ...networkInterruptions({
        path: context.request.path,
        elsewhereUrl: broker.elsewhereUrl,
        rateLimited: { status: "error", errorCode: "429", message: "Too many requests" },
        serverError: (status) => ({ status: "error", errorCode: String(status), message: "Internal error" }),
      }),
      upstream: () => ({
        status: 424,
        body: { status: "error", errorCode: "424", message: "dependency error, retry after a few seconds" },
      }),
      forbidden: () => ({ status: 403 }),
    },
    context.take,
  );
}

/** What happens to an answer on its way back. Each scenario that plays is noted in the journal. */
export function alterAnswer(broker: KotakNeoBroker, context: StepContext, reply: Reply): Reply {
  const { entry } = context.request;
  const noted = (name: KotakNeoScenarioName): Scenario | undefined => {
    const scenario = context.take(name);
    if (scenario !== undefined) entry.note(`fault: ${name}`);
    return scenario;
  };
  const isMint = context.step === "validate" && entry.current.outcome === "accepted";
  if (isMint && noted("reset-after-validate") !== undefined) return { ...reply, fault: { kind: "reset" } };
  return alterReply(reply, noted, broker.now);
}
