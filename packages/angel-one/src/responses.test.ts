import { describe, expect, it } from "vitest";
import { objectionTo, readGrant, readProfile } from "./responses.ts";
import { feedToken, granted, jwtToken, refreshToken, refusedBy, success } from "./testing/answers.ts";

const shown = (json: unknown) => {
  const grant = readGrant(json);
  return grant && [grant.jwtToken.reveal(), grant.feedToken.reveal(), grant.refreshToken?.reveal()];
};

describe("a grant", () => {
  it("is three tokens, whatever else is there", () => {
    expect(shown(granted({ later: [{}], state: "ours" }).json)).toStrictEqual([jwtToken, feedToken, refreshToken]);
  });

  it.each([undefined, null, 7, "", "line\nbreak"])("can do without its refresh token: %j", (value) => {
    expect(shown(granted({ refreshToken: value }).json)).toStrictEqual([jwtToken, feedToken, undefined]);
  });

  it.each([
    [undefined],
    [null],
    [[]],
    [success(null)],
    [granted({ jwtToken: 7 }).json],
    [granted({ jwtToken: "Bearer " }).json],
    [granted({ feedToken: null }).json],
    [JSON.parse(`{"data":{"feedToken":"f","__proto__":{"jwtToken":"a"}}}`) as unknown],
  ])("is none in %j", (json) => {
    expect(readGrant(json)).toBeUndefined();
  });
});

it("a profile says whose it is", () => {
  expect(readProfile(success({ clientcode: "t100009" }))).toStrictEqual({ clientCode: "T100009" });
  expect(readProfile(success({}))).toBeUndefined();
});

it.each([
  [granted().json, false],
  [{ ...granted().json, errorcode: "AB1004" }, true],
  [{ ...granted().json, success: false }, true],
  [{ ...granted().json, message: "Invalid totp" }, true],
  [refusedBy("AB1010"), true],
  [undefined, false],
])("%j speaks against a success: %s", (json, expected) => {
  expect(objectionTo(json) !== undefined).toBe(expected);
});
