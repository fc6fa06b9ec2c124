import { statusReply } from "../odd-answer.ts";
import type { Reply } from "../reply.ts";
import { type Scenario, numberOf, textOf } from "../scenario.ts";
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
        status: numberOf(scenario, "status") ?? 302,
        location: textOf(scenario, "location") ?? `${world.elsewhereUrl}${request.path}`,
      },
    })) ??
    fault("html-page", (scenario) => ({
      status: 502,
      fault: { kind: "html", status: numberOf(scenario, "status") ?? 502 },
    })) ??
    fault("server-error", (scenario) => ({
      status: numberOf(scenario, "status") ?? 500,
      body: errorBody("Internal server error"),
    })) ??
    (step.path.startsWith("/totp/")
      ? fault("totp-gone", (scenario) => ({
          status: numberOf(scenario, "status") ?? 404,
          body: errorBody("Not Found"),
        }))
      : undefined) ??
    fault("status", statusReply) ??
    fault("rate-limit", (scenario) => {
      const seconds = scenario["retryAfterSeconds"];
      return {
        status: 429,
        headers: typeof seconds === "number" ? { "retry-after": String(seconds) } : {},
        body: errorBody("Too many requests"),
      };
    }) ??
    (acted || play(context, "forbidden") === undefined ? undefined : refuse(request, "forbidden", "current")) ??
    fault("echo-secrets", (scenario) => ({
      status: numberOf(scenario, "status") ?? 400,
      body: errorBody(echo(context)),
    }))
  );
}

/** What a careless back end would put into an error: everything that was sent. */
function echo({ request }: StepContext): string {
  const headers = ["authorization", "x-temp-token", "x-device-id"]
    .map((name) => request.headers[name])
    .filter((value) => value !== undefined);
  return `Cannot process ${[request.body.toString("utf8"), ...headers].join(" ")}`;
}
