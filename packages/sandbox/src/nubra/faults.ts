import { type Interruption, interruptionOf, networkInterruptions } from "../network-fault.ts";
import type { Reply } from "../reply.ts";
import { type Scenario, numberOf } from "../scenario.ts";
import { errorBody } from "./refusal.ts";
import type { NubraScenarioName } from "./scenarios.ts";
import { type StepContext, play } from "./step.ts";

/** What stands between the client and the broker: the network's faults in Nubra's format, and its own. */
export function interruptionAt(context: StepContext): Interruption | undefined {
  const { broker, request, step } = context;
  return interruptionOf<NubraScenarioName>(
    {
      ...networkInterruptions({
        path: request.path,
        elsewhereUrl: broker.elsewhereUrl,
        rateLimited: errorBody("Too many requests"),
        serverError: () => errorBody("Internal server error"),
      }),
      ...(step.path.startsWith("/totp/") ? { "totp-gone": reply(404, "Not Found") } : {}),
      "echo-secrets": reply(400, echo(context)),
    },
    (name) => play(context, name),
  );
}

/** A refusal in Nubra's format, with the status that the scenario names. */
function reply(status: number, text: string): (scenario: Scenario) => Reply {
  return (scenario) => ({ status: numberOf(scenario, "status") ?? status, body: errorBody(text) });
}

/** What a careless back end would put into an error: everything that was sent. */
function echo({ request }: StepContext): string {
  const headers = ["authorization", "x-temp-token", "x-device-id"]
    .map((name) => request.headers[name])
    .filter((value) => value !== undefined);
  return `Cannot process ${[request.body.toString("utf8"), ...headers].join(" ")}`;
}
