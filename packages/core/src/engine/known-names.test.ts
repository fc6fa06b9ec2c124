import { describe, expect, it } from "vitest";
import { knownNames, noSuchAccount } from "./known-names.ts";

const many = Array.from({ length: 100_000 }, (_, index) => `client-${index}`);

describe("the message about a name that there is not", () => {
  it("lists all names where there are few", () => {
    expect(knownNames("mian", ["main", "hedge"])).toBe("there are main, hedge");
    expect(knownNames("mian", ["main"])).toBe("there is only main");
  });

  it("lists of many the three that are most alike, and stays short", () => {
    const names = [...many, "trading-main", "trading-hedge", "main"];
    expect(knownNames("trading-mian", names)).toBe("the nearest of 100003 are trading-main, trading-hedge, main");
    expect(noSuchAccount("client-7777x", many).message.length).toBeLessThan(200);
  });

  it("shows a name that looks like one, and nothing that may be a phone or a secret", () => {
    const shown = noSuchAccount("hegde", ["hedge"]);
    expect(shown).toMatchObject({ code: "configuration", account: "hegde", field: "accounts.hegde" });
    expect(shown.message).toContain('"hegde"');
    for (const given of ["9000000001", "acc 12", "JBSWY3DPEHPK3PXP23456", "a".repeat(40), 7, null, undefined, {}]) {
      const error = noSuchAccount(given, ["hedge"]);
      expect(error.message).toBe("there is no account of that name; there is only hedge");
      expect(error).toMatchObject({ code: "configuration", account: undefined, field: "account" });
    }
  });
});
