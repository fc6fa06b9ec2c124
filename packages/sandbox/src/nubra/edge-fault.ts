import type { Json } from "../json.ts";
import type { Reply } from "../reply.ts";
import type { Scenario } from "../scenario.ts";
import { type StepContext, play } from "./nubra-step.ts";
import { errorBody, refuse } from "./refusal.ts";

/**
 * What stands between the client and the broker. By default it strikes before the broker sees the call, so the call has no effect; a scenario
 * with `acted: true` strikes on the way back, when the step has had its effect. Undefined if nothing of the kind plays.
 */
export function edgeFault(context: StepContext, acted: boolean): Reply | undefined {
  const { request, world, account, step } = context;
  const fault = (name: string, reply: (scenario: Scenario) => Reply): Reply | undefined => {
    const waiting = world.scenarios.active(account?.account.name, name, step.name);
    if (waiting !== undefined && (waiting["acted"] === true) !== acted) return undefined;
    const scenario = play(context, name);
    if (scenario === undefined) return undefined;
    if (acted) request.entry.note(`fault: ${name}`);
    else request.entry.tell({ outcome: `fault: ${name}` });
    return reply(scenario);
  };
  return (
    fault("hang", () => ({ status: 200, fault: { kind: "hang" } })) ??
    fault("reset", () => ({ status: 200, fault: { kind: "reset" } })) ??
    fault("redirect", (scenario) => ({
      status: 302,
      fault: {
        kind: "redirect",
        status: numberIn(scenario, "status", 302),
        location: textIn(scenario, "location", `${world.elsewhereUrl}${request.path}`),
      },
    })) ??
    fault("html-page", (scenario) => ({
      status: 502,
      fault: { kind: "html", status: numberIn(scenario, "status", 502) },
    })) ??
    fault("server-error", (scenario) => ({
      status: numberIn(scenario, "status", 500),
      body: errorBody("Internal server error"),
    })) ??
    fault("rate-limit", (scenario) => {
      const seconds = scenario["retryAfterSeconds"];
      return {
        status: 429,
        headers: typeof seconds === "number" ? { "retry-after": String(seconds) } : {},
        body: errorBody("Too many requests"),
      };
    }) ??
    (acted || play(context, "forbidden") === undefined ? undefined : refuse(request, "forbidden", "current")) ??
    fault("echo-secrets", (scenario) => ({ status: numberIn(scenario, "status", 400), body: errorBody(echo(context)) }))
  );
}

/** What a careless back end would put into an error: everything that was sent. */
function echo({ request }: StepContext): string {
  const headers = ["authorization", "x-temp-token", "x-device-id"]
    .map((name) => request.headers[name])
    .filter((value) => value !== undefined);
  return `Cannot process ${[request.body.toString("utf8"), ...headers].join(" ")}`;
}

export function numberIn(scenario: Scenario, name: string, otherwise: number): number {
  const value: Json | undefined = scenario[name];
  return typeof value === "number" ? value : otherwise;
}

export function textIn(scenario: Scenario, name: string, otherwise: string): string {
  const value: Json | undefined = scenario[name];
  return typeof value === "string" ? value : otherwise;
}
