import { describe, expect, it } from "vitest";
import { bringsError, readGrant, readProfile } from "./responses.ts";
import { accessToken, account, granted } from "./testing/test-environment.ts";

describe("a grant", () => {
  it("is token and customer, whatever else is there or missing", () => {
    const expected = { accessToken, userId: account.userId };
    expect(readGrant(granted)).toStrictEqual(expected);
    expect(readGrant({ data: { access_token: accessToken, user_id: account.userId, later: [{}] } })).toStrictEqual(
      expected,
    );
  });

  it.each([
    [undefined],
    [null],
    [[]],
    [{ data: [granted.data] }],
    [granted.data],
    [{ data: { ...granted.data, access_token: 1_234_567 } }],
    [{ data: { ...granted.data, access_token: "line\nbreak" } }],
    [{ data: { ...granted.data, user_id: null } }],
    [JSON.parse(`{"data":{"user_id":"QX4417","__proto__":{"access_token":"a"}}}`) as unknown],
  ])("is none in %j", (json) => {
    expect(readGrant(json)).toBeUndefined();
  });
});

it("a profile says whose it is", () => {
  expect(readProfile({ data: { user_id: "qx4417" } })).toStrictEqual({ userId: "QX4417" });
  expect(readProfile({ data: {} })).toBeUndefined();
});

it.each([
  [granted, false],
  [{ data: granted.data }, false],
  [{ ...granted, error_type: "" }, false],
  [{ ...granted, error_type: "GeneralException" }, true],
  [{ ...granted, status: "error" }, true],
  [undefined, false],
])("%j brings an error: %s", (json, expected) => {
  expect(bringsError(json)).toBe(expected);
});
