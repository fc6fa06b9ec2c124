import { BrokerAuthError } from "@x/core";
import { expect, test } from "vitest";
import { isBusy, sqliteFailure } from "./sqlite-failure.ts";

const failure = (errcode: number): Error =>
  Object.assign(new Error("as SQLite says it"), { code: "ERR_SQLITE_ERROR", errcode });

test.each([
  ["store_busy", [5, 6, 15, 261, 517]],
  ["store_corrupt", [1, 11, 26, 267]],
  ["store_unavailable", [3, 8, 10, 13, 14, 266, 776, 1_290, 3_850, 4_874]],
])("%s is what SQLite's codes %j mean, extended ones too", (code, errcodes) => {
  for (const errcode of errcodes) {
    expect(sqliteFailure(failure(errcode), "sessions.db").code, String(errcode)).toBe(code);
    expect(isBusy(failure(errcode)), String(errcode)).toBe(code === "store_busy");
  }
});

test("a number that JavaScript cannot hold is damage, and anything unknown means that the store cannot be used", () => {
  expect(sqliteFailure(Object.assign(new RangeError("too large"), { code: "ERR_OUT_OF_RANGE" }), "x").code).toBe(
    "store_corrupt",
  );
  for (const unknown of [new Error("closed"), undefined, null, "text"])
    expect(sqliteFailure(unknown, "x").code).toBe("store_unavailable");
});

test("an error of ours stays as it is", () => {
  const ours = new BrokerAuthError("store_version", "newer");
  expect(sqliteFailure(ours, "x")).toBe(ours);
});
