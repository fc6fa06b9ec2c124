import { expect, it } from "vitest";
import { isBelow, requirePurpose } from "./authorization.ts";

const names = { broker: "toy", title: "Toy" };

it("a request may have no purpose, or one that the broker knows", () => {
  expect(() => requirePurpose(undefined, [], names)).not.toThrow();
  expect(() => requirePurpose("quotes", ["quotes"], names)).not.toThrow();
});

it.each([
  [[], "purpose: Toy has no purposes, and one set of headers without one"],
  [["quotes"], 'purpose: Toy has the purpose "quotes", and one set of headers without one'],
])("any other purpose than of %j is refused with what there is", (known, message) => {
  expect(() => requirePurpose("trading", known, names)).toThrow(
    expect.objectContaining({ code: "configuration", broker: "toy", field: "purpose", message }),
  );
});

it("an address is below its own origin alone", () => {
  expect(isBelow("https://api.example.com", "https://api.example.com/orders?x=1")).toBe(true);
  for (const address of ["https://api.example.com.evil.net/", "http://api.example.com/", "/orders"])
    expect(isBelow("https://api.example.com", address)).toBe(false);
});
