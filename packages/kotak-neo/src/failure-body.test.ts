import { describe, expect, it } from "vitest";
import { readFailure, readReportFailure } from "./failure-body.ts";
import { clientIpAnswer, emptyReport, shapes, tradeAnswer, viewAnswer } from "./testing/answers.ts";

describe("one reader for all failure shapes", () => {
  it.each(Object.entries(shapes))("reads code and text of shape %s", (_, shape) => {
    const failure = readFailure(shape(100_022, "invalid session token"));
    expect(failure).toMatchObject({ marked: true, code: "100022" });
    expect(failure.text).toMatch(/^invalid session token/);
  });

  it("reads shape S1 without its message, as the original document shows it", () => {
    expect(readFailure({ status: "error", errorCode: "401" })).toStrictEqual({ marked: true, code: "401", text: "" });
  });

  it("takes the first entry of an error list, and one that is no list", () => {
    const list = {
      error: [
        { code: "1", message: "first" },
        { code: "2", message: "second" },
      ],
    };
    expect(readFailure(list)).toStrictEqual({ marked: true, code: "1", text: "first" });
    expect(readFailure({ error: { code: 3, message: "alone" } })).toStrictEqual({
      marked: true,
      code: "3",
      text: "alone",
    });
    expect(readFailure({ error: "Forbidden" })).toStrictEqual({ marked: true, code: undefined, text: "Forbidden" });
  });

  it("takes codes as numbers and as texts", () => {
    expect(readFailure({ stat: "Not_Ok", stCode: "1037" }).code).toBe("1037");
    expect(readFailure({ stat: "Not_Ok", stCode: 1037 }).code).toBe("1037");
  });

  it.each([["Not_Ok"], ["not_ok"], ["NotOk"], ["error"], ["failure"], ["Failed"]])("takes %s for a failure", (word) => {
    expect(readFailure({ stat: word }).marked).toBe(true);
    expect(readFailure({ status: word }).marked).toBe(true);
    expect(readFailure({ data: { status: word } }).marked).toBe(true);
  });

  it("looks one level below data and fault, and no deeper", () => {
    expect(readFailure({ data: { data: { stat: "Not_Ok", stCode: 1 } } }).marked).toBe(false);
    expect(readFailure({ fault: { fault: { code: "900901", message: "x" } } }).marked).toBe(false);
  });

  it("finds the failure below an outer success", () => {
    const nested = { stat: "Ok", stCode: 200, data: { stat: "Not_Ok", stCode: 1003, errMsg: "Invalid session" } };
    expect(readFailure(nested)).toStrictEqual({ marked: true, code: "1003", text: "Invalid session" });
  });

  it.each<[string, unknown]>([
    ["the answer to call 1", viewAnswer().json],
    ["the answer to call 2", tradeAnswer().json],
    ["the answer of get-client-ip", clientIpAnswer.json],
    ["a report", emptyReport.json],
    [
      "a success that says so in every way",
      { stat: "Ok", stCode: 200, status: "success", code: 200, message: "Success", error: null, errMsg: "" },
    ],
    ["an empty object", {}],
    ["a list", [{ error: "x" }]],
    ["nothing", undefined],
    ["a code alone", { code: "1003" }],
  ])("finds no failure in %s", (_, json) => {
    expect(readFailure(json).marked).toBe(false);
  });

  // Each of them marks by itself: a success never has one of these.
  it.each<[string, unknown]>([
    ["a code in the list of errors", { error: [{ code: 7 }] }],
    ["a message in the list of errors", { error: [{ message: "x" }] }],
    ["errMsg", { errMsg: "x" }],
    ["emsg", { emsg: "x" }],
    ["errorCode", { errorCode: "7" }],
    ["stCode", { stCode: 7 }],
    ["a code beside words", { code: 7, description: "x" }],
    ["a word with blanks around it", { stat: " Not_Ok " }],
    ["an errorCode beside the stCode of a success", { errorCode: "7", stCode: 200 }],
  ])("takes %s for a failure", (_, json) => {
    expect(readFailure(json).marked).toBe(true);
  });

  it.each<[string, unknown]>([
    ["the codes of a success", { errorCode: "0", stCode: "1000", code: 200, message: "x" }],
    ["blanks", { errMsg: " ", emsg: "", error: " ", errorCode: " " }],
    ["words that only contain one of failure", { stat: "no error", status: "failover" }],
    ["words of a success under another number's name", { stCode: 0 }],
  ])("finds no failure in %s", (_, json) => {
    expect(readFailure(json).marked).toBe(false);
  });

  it("reads the layer that says something where none is marked", () => {
    expect(readFailure({ stat: "Ok", data: { code: "7" } })).toStrictEqual({ marked: false, code: "7", text: "" });
    expect(readFailure({ data: { message: "x" } })).toStrictEqual({ marked: false, code: undefined, text: "x" });
    expect(readFailure({ data: {} })).toStrictEqual({ marked: false, code: undefined, text: "" });
    expect(readFailure("x")).toStrictEqual({ marked: false, code: undefined, text: "" });
    expect(readFailure({ stCode: " 7 ", description: "x" })).toStrictEqual({ marked: true, code: "7", text: "x" });
  });

  it("keeps a text short, for it may repeat the request", () => {
    expect(readFailure({ error: [{ code: "1", message: "x".repeat(5000) }] }).text).toHaveLength(300);
  });
});

describe("the reader for answers to a session's calls", () => {
  const none = { marked: false, code: undefined, text: "" };

  it.each(Object.entries(shapes))("reads code and text of shape %s", (_, shape) => {
    expect(readReportFailure(shape(100_022, "invalid session token"))).toMatchObject({ marked: true, code: "100022" });
  });

  it.each<[string, unknown]>([
    ["a code alone", { code: "1003" }],
    ["a code beside a description", { code: "1003", description: "INVENTED LTD" }],
    ["a code under data", { data: { code: "1003", message: "x" } }],
    ["nothing", undefined],
    ["a text", "x"],
  ])("reads no code in %s", (_, json) => {
    expect(readReportFailure(json).code).toBeUndefined();
  });

  it("reads a bare code where the top says no success, and nowhere else", () => {
    const bare = { code: "1003", message: "x" };
    expect(readReportFailure(bare)).toStrictEqual({ marked: true, code: "1003", text: "x" });
    expect(readReportFailure({ fault: bare })).toStrictEqual({ marked: true, code: "1003", text: "x" });
    for (const top of [{ stat: "Ok" }, { status: "success" }, { stCode: 200 }, { stCode: "1000" }, { data: [1] }]) {
      expect(readReportFailure({ ...bare, ...top }).code).not.toBe("1003");
      expect(readReportFailure({ fault: bare, ...top }).code).not.toBe("1003");
    }
    for (const top of [{ stat: "Not_Ok" }, { data: [] }, { data: {} }, { data: null }, { data: { stat: "Not_Ok" } }])
      expect(readReportFailure({ ...bare, ...top }).code).toBe("1003");
  });

  it("finds nothing where nothing is", () => {
    expect(readReportFailure({})).toStrictEqual(none);
    expect(readReportFailure([])).toStrictEqual(none);
  });
});
