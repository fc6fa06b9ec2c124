import { BrokerAuthError, errorCodes } from "@x/core";
import { describe, expect, it } from "vitest";
import { errorReference } from "./error-reference.ts";
import { compareDocument, outOfDate } from "./generated.ts";
import { readMarkdown } from "./markdown.ts";

describe("docs/errors.md", () => {
  it("is what the table of error codes says today", () => {
    const { now, wanted } = compareDocument("docs/errors.md", errorReference);
    expect(now, outOfDate).toBe(wanted);
  });

  it("has a heading to link to for every code", () => {
    const { anchors } = readMarkdown("docs/errors.md");
    expect(Object.keys(errorCodes).filter((code) => !anchors.has(code))).toStrictEqual([]);
  });

  it("names every field that an error shows", () => {
    const details = { broker: "b", account: "a", step: "s", status: 1, brokerCode: "c", attemptsLeft: 1 };
    const error = new BrokerAuthError("aborted", "m", { ...details, retryAfterMs: 1, field: "f", challenge: "otp" });
    const { name: _, ...shown } = error.toJSON();
    const documented = readMarkdown("docs/errors.md").firstCells("Fields");
    expect(Object.keys(shown).filter((field) => !documented.includes(field))).toStrictEqual([]);
  });
});
