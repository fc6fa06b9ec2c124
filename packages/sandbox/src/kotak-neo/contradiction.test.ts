import { expect, test } from "vitest";
import { readJwtClaims } from "../jwt.ts";
import { startKotakNeoSandbox } from "./sandbox.ts";
import { get, sendLogin, sendValidate, stoppedClock, text, tradeHeaders } from "./plain-client.ts";

test.each([
  [{}, { error: [{ code: "400", message: "The request could not be completed" }], data: { kType: "Trade" } }],
  [{ kind: "success-false" }, { success: false, data: { kType: "Trade" } }],
  [{ kind: "success-false", inside: true }, { data: { success: false, kType: "Trade" } }],
  [{ kind: "ucc" }, { data: { ucc: "ZZ99Z" } }],
  [{ kind: "masked-ucc" }, { data: { ucc: "Z***Z" } }],
])("contradiction %j stands beside a trade pair that works", async (parameters, said) => {
  await using sandbox = await startKotakNeoSandbox({ clock: stoppedClock() });
  const view = await sendLogin(sandbox);
  sandbox.setScenario("hedge", { name: "contradiction", step: "validate", times: 1, ...parameters });
  const answer = await sendValidate(sandbox, view.data);
  expect(answer.status).toBe(200);
  expect(answer.body).toMatchObject(said);
  expect((await get(sandbox, "/quick/user/orders", tradeHeaders(answer.data))).body).toMatchObject({ stat: "Ok" });
});

test("contradiction expired gives a token whose exp is an hour old, at either call", async () => {
  await using sandbox = await startKotakNeoSandbox({ clock: stoppedClock() });
  sandbox.setScenario("hedge", { name: "contradiction", kind: "expired", times: 1 });
  const { data } = await sendLogin(sandbox);
  const exp = readJwtClaims(text(data["token"]))?.["exp"];
  expect(exp).toBe(Math.floor(sandbox.clock.now() / 1000) - 3600);
});
