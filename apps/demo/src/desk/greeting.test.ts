import { describe, expect, it } from "vitest";
import type { DeskView } from "./desk-view.ts";
import { greeting } from "./greeting.ts";

const now = Date.parse("2031-03-03T09:12:00+05:30");

function view(environments: Readonly<Record<string, string>>, trading: string): DeskView {
  const accounts = Object.entries(environments).map(([name, environment]) => ({
    name,
    environment,
    asks: name === "kite" ? ["redirect"] : [],
  }));
  return { now, accounts, configuration: { use: [{ alias: "trading", account: trading }] } } as unknown as DeskView;
}

const facts = { address: "http://127.0.0.1:8015/", folder: "/home/me/desk", own: false };

describe("what npm start says", () => {
  it("tells the sandbox's time with its day", () => {
    expect(greeting({ ...facts, own: true, view: view({ main: "sandbox" }, "main") }).split("\n")).toEqual([
      "Trading desk: http://127.0.0.1:8015/",
      "  The sandboxes of Nubra, Kotak Neo, Zerodha and Angel One on this computer, with invented accounts. Their clock says Mon 3 Mar, 09:12 in India.",
      "  Sessions are kept in /home/me/desk. Ctrl-C ends.",
    ]);
  });

  it("speaks of a key where the address holds one, and of no orders where there are none", () => {
    const address = "http://127.0.0.1:8015/?key=abc";
    expect(
      greeting({ ...facts, address, view: view({ main: "production", hedge: "sandbox" }, "main") }).split("\n"),
    ).toEqual([
      `Trading desk: ${address}`,
      "  Your accounts: main (production), hedge (sandbox). The strategy reads, and sends no orders.",
      "  This desk has a store of its own: where a broker allows one session, its logins end those of other programs.",
      "  The address holds a key: do not pass it on.",
      "  Sessions are kept in /home/me/desk. Ctrl-C ends.",
    ]);
  });

  it("tells the address that a broker's login page leads back to, where an account has such a page", () => {
    const text = greeting({ ...facts, view: view({ kite: "production" }, "kite") });
    expect(text).toContain(
      "A broker's login page leads back to http://127.0.0.1:8015/callback: register that for your app.",
    );
  });

  it("speaks of the orders that go to a sandbox, and of no key where there is none", () => {
    const text = greeting({ ...facts, view: view({ main: "sandbox" }, "main") });
    expect(text).toContain("The strategy reads, and sends orders to main, in the sandbox.");
    expect(text).not.toContain("key");
    expect(text).not.toContain("no orders");
  });
});
