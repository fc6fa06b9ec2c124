import { type Interruption, alterReply, interruptionOf, networkInterruptions } from "../network-fault.ts";
import type { Reply } from "../reply.ts";
import type { Scenario } from "../scenario.ts";
import type { ZerodhaBroker } from "./broker.ts";
import type { ZerodhaScenarioName } from "./scenarios.ts";
import type { StepContext } from "./step.ts";

/** What stands between the client and the broker: the network's faults in Zerodha's format, and its own. */
export function interruptionAt(broker: ZerodhaBroker, context: StepContext): Interruption | undefined {
  return interruptionOf<ZerodhaScenarioName>(
    {
      // The statuses are documented (reference section 5), the sentences are ours.
      ...networkInterruptions({
        path: context.request.path,
        elsewhereUrl: broker.elsewhereUrl,
        rateLimited: { status: "error", message: "Too many requests", data: null, error_type: "NetworkException" },
        serverError: (status) => ({
          status: "error",
          message: "Something went wrong",
          data: null,
          error_type: status === 500 ? "GeneralException" : "NetworkException",
        }),
      }),
      forbidden: () => ({ status: 403 }),
    },
    context.take,
  );
}

/** What happens to an answer on its way back. Each scenario that plays is noted in the journal. */
export function alterAnswer(broker: ZerodhaBroker, context: StepContext, reply: Reply): Reply {
  const { entry } = context.request;
  const noted = (name: ZerodhaScenarioName): Scenario | undefined => {
    const scenario = context.take(name);
    if (scenario !== undefined) entry.note(`fault: ${name}`);
    return scenario;
  };
  const isMint = context.step === "session-token" && entry.current.outcome === "accepted";
  if (isMint && noted("reset-after-token") !== undefined) return { ...reply, fault: { kind: "reset" } };
  return alterReply(reply, noted, broker.now);
}
