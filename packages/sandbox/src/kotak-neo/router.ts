import type { ReceivedRequest } from "../listener.ts";
import { interrupted } from "../network-fault.ts";
import type { Reply } from "../reply.ts";
import { resetAccessToken } from "./account-state.ts";
import type { KotakNeoBroker } from "./broker.ts";
import { deviationsOf } from "./deviations.ts";
import { alterAnswer, interruptionAt } from "./faults.ts";
import { type Route, absentStep, routesAt } from "./routes.ts";
import { openContext, refused } from "./step.ts";

/** One request from its arrival to its answer: what stands in front of the broker, the broker, what happens to the answer. */
export function answerKotakNeo(broker: KotakNeoBroker, routes: readonly Route[], request: ReceivedRequest): Reply {
  const here = routesAt(routes, request.path);
  const route = here.find(({ method }) => method === request.method);
  const context = openContext(broker, request, (route ?? here[0])?.step ?? absentStep(request.path) ?? "");

  if (context.account !== undefined && context.take("token-reset") !== undefined)
    resetAccessToken(context.account, broker.now());
  return interrupted(request.entry, interruptionAt(broker, context), () => {
    if (route === undefined) {
      const allow = here.map(({ method }) => method).join(", ");
      return here.length > 0
        ? refused(context, "wrong-method", { status: 405, headers: { allow } })
        : refused(context, "not-found", { status: 404 });
    }
    const deviations = deviationsOf(context);
    for (const text of deviations) request.entry.note(text);
    if (broker.lint && deviations.length > 0) {
      return refused(context, "lint", {
        status: 400,
        body: { error: [{ code: "400", message: `lint: ${deviations.join("; ")}` }] },
      });
    }
    return alterAnswer(broker, context, route.answer(broker, context));
  });
}
