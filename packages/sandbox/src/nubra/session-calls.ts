import { endSessions } from "./account-state.ts";
import {
  type NubraStep,
  type StepContext,
  accept,
  bearerOf,
  header,
  isReply,
  play,
  refuseDeadToken,
  refuseStep,
} from "./step.ts";
import { type Admitted, admit } from "./session-gate.ts";
import type { Reply } from "../reply.ts";
import type { Scenario } from "../scenario.ts";

const read = {
  methods: () => ["GET"],
  body: "none",
  required: ["x-device-id"],
  unwanted: ["x-temp-token"],
  fields: [],
} as const;

/** Runs only what a live session opens. */
function withSession(run: (context: StepContext, admitted: Admitted) => Reply): NubraStep["run"] {
  return (context) => {
    const admitted = admit(context);
    return isReply(admitted) ? admitted : run(context, admitted);
  };
}

/** Call 10: the cheap probe, and where the socket addresses come from. */
export const userInfo: NubraStep = {
  ...read,
  name: "userinfo",
  path: "/userinfo",
  run: withSession((context) => {
    const status = play(context, "deprecated") === undefined ? "ACTIVE" : "DEPRECATED";
    const base = context.broker.socketUrl;
    return accept(context, 200, {
      env_info: { user_ws_url: `${base}/ws`, market_ws_url: `${base}/apibatch/ws` },
      version_info: { status },
    });
  }),
};

/** Call 11. */
export const validateIp: NubraStep = {
  ...read,
  name: "ip-validate",
  path: "/ipaddress/validate",
  run: withSession((context, { state }) => {
    const scenario = play(context, "ip-not-allowed");
    const { callerAddress } = context.broker;
    const [primary, secondary = ""] = registeredIps(state.registeredIps, scenario);
    if (primary === undefined) return refuseStep(context, "no-ip-registered", scenario);
    return accept(context, 200, {
      is_matched: [primary, secondary].includes(callerAddress),
      current_ip_address: callerAddress,
      primary_ip_address: primary,
      secondary_ip_address: secondary,
    });
  }),
};

/** A read of account data. */
export const holdings: NubraStep = {
  ...read,
  name: "holdings",
  path: "/portfolio/holdings",
  run: withSession((context) =>
    accept(context, 200, {
      message: "holdings",
      portfolio: { holdings: [{ symbol: "INVENTED", quantity: 7, avg_price: 10_150 }] },
    }),
  ),
};

/** Another one. */
export const positions: NubraStep = {
  ...read,
  name: "positions",
  path: "/portfolio/positions",
  run: withSession((context) => accept(context, 200, { message: "positions", portfolio: { positions: [] } })),
};

/** More reads of account data that public clients send (additions of 2026-11-30); what stands in their answers is invented. */
export const furtherReads: readonly NubraStep[] = [
  { path: "/portfolio/v2/positions", name: "positions", body: { message: "positions", portfolio: { positions: [] } } },
  ...["/portfolio/user_funds_and_margin", "/sentinel/portfolio/user_funds_and_margin"].map((path) => ({
    path,
    name: "funds",
    body: { message: "user funds and margin", port_funds_and_margin: { net_available: 10_000_000, blocked: 0 } },
  })),
].map(({ path, name, body }) => ({
  ...read,
  name,
  path,
  run: withSession((context) => accept(context, 200, body)),
}));

/** A call that must never be sent twice. The journal counts them: step "order". */
export const placeOrder: NubraStep = {
  methods: () => ["POST"],
  name: "order",
  path: "/orders/v2/single",
  body: "object",
  required: ["x-device-id"],
  unwanted: ["x-temp-token"],
  // An order's fields are no part of the login contract: whatever object comes is taken.
  fields: ["*"],
  run: withSession((context, { state }) => {
    const { broker } = context;
    const scenario = play(context, "ip-not-allowed");
    const allowed = registeredIps(state.registeredIps, scenario).slice(0, 2).includes(broker.callerAddress);
    const enforced = broker.environment === "production" || scenario !== undefined;
    if (enforced && !allowed) return refuseStep(context, "ip-mismatch", scenario);
    const order = broker.nextOrder;
    broker.nextOrder += 1;
    return accept(context, 200, { message: "order pushed", order_id: order });
  }),
};

/** A download that answers 440 for a missing or future date while the session lives (reference section 8). The path is invented. */
export const report: NubraStep = {
  ...read,
  name: "report",
  path: "/reports/contract-note",
  run: withSession((context) => {
    const date = context.request.query.get("date") ?? "";
    const opensAt = Date.parse(`${date}T00:00:00+05:30`);
    if (play(context, "report-440") === undefined && opensAt <= context.at) {
      return accept(context, 200, { message: "report", data: { date, rows: [] } });
    }
    context.request.entry.tell({ outcome: "refused: no-report" });
    return { status: 440 };
  }),
};

/** Call 9. Which bearer the broker wants is not known (reference section 11): the session token and the auth token both do. */
export const logout: NubraStep = {
  ...read,
  methods: () => ["POST"],
  name: "logout",
  path: "/logout",
  run(context) {
    const { account: state, at } = context;
    const bearer = bearerOf(context.request);
    const granted = state?.authTokens.find(({ token, expiresAt }) => token === bearer && expiresAt > at);
    if (state === undefined || granted === undefined) {
      const admitted = admit(context);
      if (isReply(admitted)) return admitted;
      return end(context, admitted.state, admitted.session.authToken);
    }
    if (granted.deviceId !== header(context, "x-device-id")) return refuseDeadToken(context, "wrong-device");
    return end(context, state, granted.token);
  },
};

function end(context: StepContext, state: Admitted["state"], authToken: string): Reply {
  endSessions(state, "logged-out", (session) => session.authToken === authToken);
  state.authTokens = state.authTokens.filter(({ token }) => token !== authToken);
  return accept(context, 200, { message: "Logged out successfully" });
}

function registeredIps(registered: readonly string[], scenario: Scenario | undefined): readonly string[] {
  if (scenario === undefined) return registered;
  return scenario["registered"] === true ? ["203.0.113.250"] : [];
}
