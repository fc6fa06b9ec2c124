import { describe, expect, test } from "vitest";
import { type ScenarioBook, createScenarioBook } from "./scenario.ts";

function book(): ScenarioBook {
  return createScenarioBook({ known: { hang: "no answer", "wrong-pin": "refused" }, accounts: () => ["main", "sms"] });
}

test("plays until it is cleared", () => {
  const scenarios = book();
  scenarios.set("main", { name: "hang" });
  expect(scenarios.take("main", "hang")).toMatchObject({ name: "hang" });
  expect(scenarios.take("main", "hang")).toMatchObject({ name: "hang" });
  scenarios.clear("main", "hang");
  expect(scenarios.take("main", "hang")).toBeUndefined();
});

test("plays as often as it was told to", () => {
  const scenarios = book();
  scenarios.set("main", { name: "hang", times: 2 });
  expect([1, 2, 3].map(() => scenarios.take("main", "hang") !== undefined)).toEqual([true, true, false]);
});

test("lets occasions pass before it plays", () => {
  const scenarios = book();
  scenarios.set("main", { name: "hang", skip: 1, times: 1 });
  expect(scenarios.active("main", "hang")).toBeUndefined();
  expect([1, 2, 3].map(() => scenarios.take("main", "hang") !== undefined)).toEqual([false, true, false]);
});

test("plays for its own account and step only", () => {
  const scenarios = book();
  scenarios.set("main", { name: "hang", step: "verifypin" });
  expect(scenarios.take("sms", "hang", "verifypin")).toBeUndefined();
  expect(scenarios.take("main", "hang", "userinfo")).toBeUndefined();
  expect(scenarios.take("main", "hang", "verifypin")).toBeDefined();
});

test("plays for every account and for requests of none when set on the star, and the account's own goes first", () => {
  const scenarios = book();
  scenarios.set("*", { name: "hang", ms: 1 });
  scenarios.set("main", { name: "hang", ms: 2, times: 1 });
  expect(scenarios.take("main", "hang")).toMatchObject({ ms: 2 });
  expect(scenarios.take("main", "hang")).toMatchObject({ ms: 1 });
  expect(scenarios.take(undefined, "hang")).toMatchObject({ ms: 1 });
});

test("looking does not count", () => {
  const scenarios = book();
  scenarios.set("main", { name: "hang", times: 1 });
  scenarios.active("main", "hang");
  expect(scenarios.take("main", "hang")).toBeDefined();
});

test("lists what is left and carries it into another run", () => {
  const scenarios = book();
  scenarios.set("main", { name: "hang", times: 3, ms: 5 });
  scenarios.take("main", "hang");
  expect(scenarios.list()).toEqual([{ account: "main", scenario: { name: "hang", ms: 5, times: 2 } }]);
  const next = book();
  next.restore(structuredClone(scenarios.snapshot()));
  expect(next.list()).toEqual(scenarios.list());
});

describe("refuses", () => {
  test.each([
    ["a name nobody plays", "main", { name: "nap" }, "unknown_scenario"],
    ["an account that does not exist", "nobody", { name: "hang" }, "unknown_account"],
    ["a count below one", "main", { name: "hang", times: 0 }, "bad_option"],
    ["a broken count", "main", { name: "hang", skip: 1.5 }, "bad_option"],
  ])("%s", (_what, account, scenario, code) => {
    expect(() => book().set(account, scenario)).toThrow(expect.objectContaining({ code }));
  });
});
