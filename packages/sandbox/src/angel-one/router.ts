import type { ReceivedRequest } from "../listener.ts";
import { interrupted } from "../network-fault.ts";
import type { Reply } from "../reply.ts";
import type { AngelOneBroker } from "./broker.ts";
import { deviationsOf } from "./deviations.ts";
import { alterAnswer, interruptionAt } from "./faults.ts";
import { FIREWALL_PAGE, inputRefusal } from "./refusal.ts";
import { routesAt } from "./routes.ts";
import { openContext, refused } from "./step.ts";

/** One request from its arrival to its answer: what stands in front of the broker, the broker, what happens to the answer. */
export function answerAngelOne(broker: AngelOneBroker, request: ReceivedRequest): Reply {
  const here = routesAt(request.path);
  const route = here.find(({ method }) => method === request.method);
  const context = openContext(broker, request, (route ?? here[0])?.step ?? "");

  return interrupted(request.entry, interruptionAt(broker, context), () => {
    if (route === undefined) {
      if (here.length === 0) return refused(context, inputRefusal("not-found", ""), FIREWALL_PAGE);
      return refused(context, inputRefusal("wrong-method", ""), { status: 405 });
    }
    const isJson = /^application\/json\s*(;|$)/i.test(request.headers["content-type"] ?? "");
    if (route.method === "POST" && (!isJson || request.json === undefined))
      return refused(context, inputRefusal("content-type", "Unsupported Media Type"), { status: 415 });
    const deviations = deviationsOf(context);
    for (const text of deviations) request.entry.note(text);
    if (broker.lint && deviations.length > 0)
      return refused(context, inputRefusal("lint", `lint: ${deviations.join("; ")}`));
    return alterAnswer(broker, context, route.answer(broker, context));
  });
}
