import { describe, expect, it } from "vitest";
import { contradictionIn } from "./contradiction.ts";

const token = { session_token: "abc", next: "DASHBOARD" };
const own = "9000000001";

describe("a success that speaks against itself", () => {
  it.each<object>([
    { error: "x" },
    { errors: [{ code: 1 }] },
    { error_code: "E1" },
    { errMsg: "Invalid MPIN" },
    { data: { emsg: "no" } },
    { errorCode: 4001 },
  ])("brings an error: %j", (added) => {
    expect(contradictionIn({ ...token, ...added }, own)).toBe("brings an error together with it");
  });

  it.each<object>([
    { success: false },
    { success: "no" },
    { success: 0 },
    { ok: false },
    { status: "401" },
    { status: 503 },
    { status: "REJECTED" },
    { status: "denied" },
    { stat: "Not_Ok" },
    { result: "error" },
    { code: "401" },
    { statusCode: 403 },
    { message: "Invalid MPIN" },
    { data: { message: "incorrect" } },
    { data: { status: "failure" } },
  ])("says that it failed: %j", (added) => {
    expect(contradictionIn({ ...token, ...added }, own)).toBe("says that it failed");
  });

  it.each<object>([
    { phone: "9000000077" },
    { mobile: 9000000077 },
    { phone_number: "+91 90000 00077" },
    { mobileNumber: "09000000077" },
    { data: { user: { phone: "9000000077" } } },
    { user: { mobile_number: "919000000077" } },
  ])("speaks of another phone: %j", (added) => {
    expect(contradictionIn({ ...token, ...added }, own)).toBe("speaks of another phone");
  });
});

it.each<unknown>([
  token,
  undefined,
  "text",
  [token],
  { ...token, error: null, errors: [], errMsg: "", error_code: 0, errorCode: "0" },
  {
    ...token,
    success: true,
    ok: true,
    status: "success",
    stat: "Ok",
    result: { rows: 0 },
    code: 200,
    statusCode: "200",
  },
  { ...token, status: 200, code: 0, message: "Login successful; the session before it is invalid now" },
  {
    ...token,
    phone: "90XXXXXX01",
    mobile: "0077",
    user: { phone: "+91-9000000001" },
    data: { mobileNumber: "919000000001" },
  },
  // Not the answer's own.
  Object.create({ success: false }),
])("finds nothing against %j", (json) => {
  expect(contradictionIn(json, own)).toBeUndefined();
});
