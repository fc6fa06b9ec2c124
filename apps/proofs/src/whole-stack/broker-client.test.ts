import { type BrokerClient, brokerClient, isHTTPError } from "@x/core/ky";
import { jData } from "@x/kotak-neo";
import { describe, expect, it } from "vitest";
import { type TestEnvironment, openTestEnvironment } from "@x/test-environment";

const orders = {
  main: {
    step: "order",
    path: "orders/v2/single",
    holdings: "portfolio/holdings",
    body: { json: { ref_id: 71878, order_type: "ORDER_TYPE_REGULAR", order_qty: 1, order_side: "ORDER_SIDE_BUY" } },
  },
  hedge: {
    step: "place-order",
    path: "quick/order/rule/ms/place",
    holdings: "portfolio/v1/holdings",
    body: { body: jData({ es: "nse_cm", pc: "CNC", pr: "1.00", pt: "L", qt: "1", rt: "DAY", tt: "B" }) },
  },
} as const;

type Name = keyof typeof orders;

type Fault = "rate-limit" | "server-error" | "reset";

function play(test: TestEnvironment, name: Name, scenario: Fault): void {
  const { step } = orders[name];
  if (name === "main") test.sandbox.nubra.setScenario(name, { name: scenario, step });
  else test.sandbox.kotakNeo.setScenario(name, { name: scenario, step });
}

/** What a user may say to have everything repeated. */
const stubborn = {
  retry: { limit: 3, methods: ["post"], statusCodes: [400, 403, 429, 500], shouldRetry: () => true, delay: () => 1 },
};

function ask(api: BrokerClient, name: Name): Promise<unknown> {
  const { path, body } = orders[name];
  const afterResponse = [() => api.retry({ delay: 1 })];
  return api
    .extend(stubborn)
    .post(path, { ...body, hooks: { afterResponse } })
    .json();
}

describe.each(["main", "hedge"] as const)("a ky instance on an account: %s", (name) => {
  it("reads by a path", async () => {
    await using test = await openTestEnvironment();
    await using auth = test.engine();
    const holdings = await brokerClient(auth, name).get(orders[name].holdings).json();
    expect(Object.keys(holdings as object)).toContain(name === "main" ? "portfolio" : "data");
  });

  it.each([
    ["nothing", undefined],
    ["rate-limit", "rate_limited"],
    ["server-error", "outcome_unknown"],
    ["reset", "outcome_unknown"],
  ] as const)("brings an order to the broker once, and tells its first outcome, under %s", async (scenario, code) => {
    await using test = await openTestEnvironment();
    await using auth = test.engine();
    await auth.session(name);
    if (scenario !== "nothing") play(test, name, scenario);
    const told: unknown = await ask(brokerClient(auth, name), name).catch((error: unknown) => error);
    expect(test.sandbox.journal.count({ step: orders[name].step })).toBe(1);
    expect(told).toMatchObject(code === undefined ? {} : { code, account: name });
    expect(isHTTPError(told)).toBe(false);
  });

  it("does not bring an order to a broker that has ended the session a second time by itself", async () => {
    await using test = await openTestEnvironment();
    await using auth = test.engine();
    await auth.session(name);
    if (name === "main") test.sandbox.nubra.endSessions(name);
    else test.sandbox.kotakNeo.otherDeviceLogin(name, { endOthers: true });
    const told: unknown = await ask(brokerClient(auth, name), name).catch((error: unknown) => error);
    expect(told).toMatchObject({ code: "session_expired", account: name });
    expect(test.sandbox.journal.count({ step: orders[name].step })).toBe(1);
    expect(test.minted(name)).toBeGreaterThan(1);
  });
});
