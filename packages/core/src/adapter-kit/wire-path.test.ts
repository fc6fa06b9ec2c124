import { describe, expect, it } from "vitest";
import { wirePath } from "./wire-path.ts";

describe("a path as it goes over the wire", () => {
  it.each([
    ["/orders", "/orders"],
    ["/orders?id=1#top", "/orders"],
    ["/orders#/../cancel", "/orders"],
    ["/orders/../cancel", "/cancel"],
    ["/orders/%2e%2E/cancel", "/cancel"],
    ["/./orders", "/orders"],
    ["/orders/.", "/orders/"],
    [String.raw`/orders\..\cancel`, "/cancel"],
    ["/ord\ners", "/orders"],
    ["/../../orders", "/orders"],
  ])("of %j is %s", (path, wire) => {
    expect(wirePath(path)).toBe(wire);
  });

  it.each(["//orders", "/orders/", "/Orders", "/orders//1", "/ord%65rs", "/orders%20", "/or%2Dders"])(
    "of %s is another one than that of /orders",
    (path) => {
      expect(wirePath(path)).not.toBe("/orders");
    },
  );

  it.each(["", "orders", "https://foreign.invalid/orders", "/orders/..%2fcancel", "/orders/..%5Ccancel"])(
    "is none of %j",
    (path) => {
      expect(wirePath(path)).toBeUndefined();
    },
  );

  it("is what fetch asks for", () => {
    for (const path of ["/a/../b", "//a", "/a%2e", "/%2e%2e/a", String.raw`/a\b`, "/é", "/a b"])
      expect(wirePath(path)).toBe(new URL(new Request(`https://broker.example${path}`).url).pathname);
  });
});
