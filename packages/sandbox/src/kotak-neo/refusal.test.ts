import { describe, expect, test } from "vitest";
import { type KotakNeoSandbox, startKotakNeoSandbox } from "./sandbox.ts";
import {
  type Answer,
  call,
  hedge,
  logIn,
  sendLogin,
  sendValidate,
  stoppedClock,
  tradeHeaders,
} from "./plain-client.ts";
import type { KotakNeoScenarioName } from "./scenarios.ts";
import { type KotakNeoFailureStyle, kotakNeoFailureStyles } from "./refusal.ts";

type Shape = readonly [status: number, body: unknown];

const list = (status: number, code: string, message: string): Shape => [status, { error: [{ code, message }] }];
const inner = (stCode: number, errMsg: string): Shape => [200, { stCode, errMsg, status: "failure" }];
const documented = (message: string): Shape => [401, { status: "error", errorCode: "401", message }];
const description = "Access failure for API. Make sure you have provided the correct security credentials";
const gateway = (message: string): unknown => ({ code: "900901", type: "Status report", message, description });
const BARE: Shape = [401, { status: "error", errorCode: "401" }];
const EMPTY: Shape = [401, undefined];

interface Case {
  readonly name: KotakNeoScenarioName;
  readonly provoke: (sandbox: KotakNeoSandbox) => Promise<Answer>;
  readonly scenario: (sandbox: KotakNeoSandbox) => Promise<Answer>;
  readonly shapes: Readonly<Record<KotakNeoFailureStyle, Shape>>;
}

const validate = async (sandbox: KotakNeoSandbox, mpin = hedge.mpin): Promise<Answer> =>
  sendValidate(sandbox, (await sendLogin(sandbox)).data, { body: { mpin } });

const cases: readonly Case[] = [
  {
    name: "wrong-totp",
    provoke: (sandbox) => sendLogin(sandbox, { body: { totp: "000000" } }),
    scenario: (sandbox) => sendLogin(sandbox),
    shapes: {
      mixed: list(401, "401", "Invalid TOTP"),
      docs: documented("Invalid credentials or TOTP."),
      bare: BARE,
      gateway: [401, gateway("Invalid TOTP")],
      empty: EMPTY,
    },
  },
  {
    name: "wrong-ucc",
    provoke: (sandbox) => sendLogin(sandbox, { body: { ucc: "QQQQQ" } }),
    scenario: (sandbox) => sendLogin(sandbox),
    shapes: {
      mixed: inner(429, "Invalid UCC"),
      docs: documented("Invalid credentials or TOTP."),
      bare: BARE,
      gateway: [401, gateway("Invalid UCC")],
      empty: EMPTY,
    },
  },
  {
    name: "wrong-pin",
    provoke: (sandbox) => validate(sandbox, "000000"),
    scenario: (sandbox) => validate(sandbox),
    shapes: {
      mixed: inner(401, "Invalid MPIN"),
      docs: documented("Invalid MPIN."),
      bare: BARE,
      gateway: [401, { fault: gateway("Invalid MPIN") }],
      empty: EMPTY,
    },
  },
  {
    name: "wrong-access-token",
    provoke: (sandbox) => sendLogin(sandbox, { headers: { authorization: "0ld-token" } }),
    scenario: (sandbox) => sendLogin(sandbox, { headers: { authorization: hedge.accessToken } }),
    shapes: {
      mixed: list(401, "401", "Consumer key 0ld-token does not exist"),
      docs: documented("Consumer key 0ld-token does not exist"),
      bare: BARE,
      gateway: [401, gateway("Invalid Credentials")],
      empty: EMPTY,
    },
  },
  {
    name: "view-expired",
    provoke: (sandbox) => sendValidate(sandbox, { token: "never", sid: "seen" }),
    scenario: (sandbox) => validate(sandbox),
    shapes: {
      mixed: inner(100_022, "invalid session token"),
      docs: documented("Invalid session"),
      bare: BARE,
      gateway: [401, { fault: gateway("invalid session token") }],
      empty: EMPTY,
    },
  },
];

/** Status and body; a body that is no JSON would show as text, an empty one as undefined. */
function shapeOf({ status, body, text }: Answer): Shape {
  return [status, body ?? (text === "" ? undefined : text)];
}

describe.each(kotakNeoFailureStyles)("failure style %s", (failureStyle) => {
  test.each(cases)("$name", async ({ provoke, shapes }) => {
    await using sandbox = await startKotakNeoSandbox({ clock: stoppedClock(), failureStyle });
    expect(shapeOf(await provoke(sandbox))).toEqual(shapes[failureStyle]);
  });

  test.each(cases)("the scenario $name can ask for it alone", async ({ name, scenario, shapes }) => {
    await using sandbox = await startKotakNeoSandbox({ clock: stoppedClock() });
    sandbox.scenarios.set("hedge", { name, failureStyle });
    const answer = await scenario(sandbox);
    const told = JSON.parse(JSON.stringify(shapes[failureStyle]).replace("0ld-token", hedge.accessToken)) as Shape;
    expect(shapeOf(answer)).toEqual([told[0], told[1] ?? undefined]);
  });

  test("a lock", async () => {
    await using sandbox = await startKotakNeoSandbox({ clock: stoppedClock(), failureStyle });
    sandbox.setScenario("hedge", { name: "lockout" });
    const text = "User locked due to Bad tries";
    const shapes: Record<KotakNeoFailureStyle, Shape> = {
      mixed: list(401, "70009", text),
      docs: documented(text),
      bare: BARE,
      gateway: [401, gateway(text)],
      empty: EMPTY,
    };
    expect(shapeOf(await sendLogin(sandbox))).toEqual(shapes[failureStyle]);
  });

  test("a missing field: a list in the documents as well", async () => {
    await using sandbox = await startKotakNeoSandbox({ clock: stoppedClock(), failureStyle });
    const text = "Missing required field 'Ucc'";
    const shapes: Record<KotakNeoFailureStyle, Shape> = {
      mixed: list(400, "400", text),
      docs: list(400, "400", text),
      bare: BARE,
      gateway: [401, gateway(text)],
      empty: EMPTY,
    };
    expect(shapeOf(await sendLogin(sandbox, { body: { ucc: undefined } }))).toEqual(shapes[failureStyle]);
  });

  test("a dead session", async () => {
    await using sandbox = await startKotakNeoSandbox({ clock: stoppedClock(), failureStyle });
    const session = await logIn(sandbox);
    sandbox.setScenario("*", { name: "midnight" });
    const shapes: Record<KotakNeoFailureStyle, Shape> = {
      mixed: [200, { stat: "Not_Ok", stCode: 100_022, emsg: "invalid session token" }],
      docs: [401, { stat: "Not_Ok", stCode: 401, message: "Expired session" }],
      bare: BARE,
      gateway: [
        401,
        { fault: { ...(gateway("Invalid Credentials") as object), description: "Access failure for API" } },
      ],
      empty: EMPTY,
    };
    expect(shapeOf(await call(`${sandbox.tradingUrl}/quick/user/orders`, { headers: tradeHeaders(session) }))).toEqual(
      shapes[failureStyle],
    );
  });
});

describe("the status of a refusal", () => {
  test.each([200, 400, 401] as const)("can be %i for every shape", async (failureStatus) => {
    for (const failureStyle of kotakNeoFailureStyles) {
      await using sandbox = await startKotakNeoSandbox({ clock: stoppedClock(), failureStyle, failureStatus });
      for (const { provoke } of cases) expect((await provoke(sandbox)).status).toBe(failureStatus);
    }
  });

  test("can be chosen by a scenario: the bare refusal of the original document under 200", async () => {
    await using sandbox = await startKotakNeoSandbox({ clock: stoppedClock() });
    sandbox.setScenario("hedge", { name: "wrong-pin", failureStyle: "bare", status: 200 });
    const answer = await validate(sandbox);
    expect(shapeOf(answer)).toEqual([200, { status: "error", errorCode: "401" }]);
  });
});
