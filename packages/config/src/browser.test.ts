import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { createBrokerAuth, memoryStore } from "@x/core";
import { startZerodhaSandbox } from "@x/sandbox";
import { zerodha } from "@x/zerodha";
import { describe, expect, it } from "vitest";
import { openInBrowser } from "./browser.ts";

/** A loopback address on which nothing listens. */
async function freeAddress(): Promise<string> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return `http://127.0.0.1:${port}/kite/callback`;
}

const nothing = (): void => undefined;
const broken = async (): Promise<void> => Promise.reject(new Error("no browser"));
const login = "https://login.example.com/?v=3";

describe("openInBrowser", () => {
  it("logs in at Zerodha: opens its page, takes the redirect on loopback, and shows a page that holds nothing of it", async () => {
    const redirectUrl = await freeAddress();
    await using sandbox = await startZerodhaSandbox();
    sandbox.setRedirectUrl("main", redirectUrl);
    const auth = createBrokerAuth({
      brokers: [zerodha()],
      accounts: { main: sandbox.accountInput("main") },
      store: memoryStore(),
    });
    const pages: string[] = [];
    // The browser: the page's form, and where that leads.
    const open = (url: string): void => {
      void fetch(url, { method: "POST", body: new URLSearchParams({ user_id: "QX4417" }) })
        .then((response) => response.text())
        .then((text) => pages.push(text));
    };
    const session = await auth.login("main", { redirect: openInBrowser({ redirectUrl, open }) });
    expect(session.obtainedBy).toBe("login");
    await expect.poll(() => pages).toHaveLength(1);
    expect(pages[0]).toContain("window.close()");
    expect(pages[0]).not.toMatch(/request_token|state=/);
    await expect(fetch(redirectUrl)).rejects.toThrow("fetch failed");
    await auth.close();
  });

  it("waits for its own path and a query, and answers whatever else comes with 404", async () => {
    const redirectUrl = await freeAddress();
    const statuses: number[] = [];
    const open = async (): Promise<void> => {
      for (const address of ["/favicon.ico", "/kite/callback", "/kite/callback?code=1&state=2"])
        statuses.push((await fetch(new URL(address, redirectUrl))).status);
    };
    expect(await openInBrowser({ redirectUrl, open })({ url: login })).toBe(`${redirectUrl}?code=1&state=2`);
    await expect.poll(() => statuses).toStrictEqual([404, 404, 200]);
  });

  it("keeps the answer out of caches, referrers and frames of others", async () => {
    const redirectUrl = await freeAddress();
    const { promise, resolve } = Promise.withResolvers<Headers>();
    const open = async (): Promise<void> => resolve((await fetch(`${redirectUrl}?code=1`)).headers);
    await openInBrowser({ redirectUrl, open })({ url: login });
    const headers = await promise;
    expect(headers.get("cache-control")).toBe("no-store");
    expect(headers.get("referrer-policy")).toBe("no-referrer");
    expect(headers.get("content-security-policy")).toContain("default-src 'none'");
  });

  it.each([
    "https://127.0.0.1:8976/",
    "http://127.0.0.1/callback",
    "http://app.example.com:8976/",
    "http://0.0.0.0:8976/",
    "x",
  ])("does not listen at %s", async (redirectUrl) => {
    const opened: string[] = [];
    const handler = openInBrowser({ redirectUrl, open: (url) => void opened.push(url) });
    await expect(handler({ url: login })).rejects.toMatchObject({ code: "configuration", field: "redirectUrl" });
    expect(opened).toStrictEqual([]);
  });

  it("says that its port is in use, before a page is opened", async () => {
    const taken = createServer();
    await new Promise<void>((resolve) => taken.listen(0, "127.0.0.1", resolve));
    const { port } = taken.address() as AddressInfo;
    const opened: string[] = [];
    const handler = openInBrowser({ redirectUrl: `http://127.0.0.1:${port}/`, open: (url) => void opened.push(url) });
    const message = expect.stringContaining("in use") as string;
    await expect(handler({ url: login })).rejects.toMatchObject({ code: "configuration", message });
    expect(opened).toStrictEqual([]);
    await new Promise((resolve) => taken.close(resolve));
  });

  it("opens nothing but web addresses", async () => {
    const opened: string[] = [];
    const handler = openInBrowser({ redirectUrl: await freeAddress(), open: (url) => void opened.push(url) });
    await expect(handler({ url: "file:///etc/passwd" })).rejects.toMatchObject({ code: "protocol_error" });
    expect(opened).toStrictEqual([]);
  });

  it("ends when nobody comes back, when its signal fires and when there is no browser, and listens no more", async () => {
    const redirectUrl = await freeAddress();
    const late = openInBrowser({ redirectUrl, open: nothing, timeoutMs: 1 });
    await expect(late({ url: login })).rejects.toMatchObject({ code: "needs_input", challenge: "redirect" });
    const ended = openInBrowser({ redirectUrl, open: nothing, signal: AbortSignal.abort() });
    await expect(ended({ url: login })).rejects.toMatchObject({ code: "aborted" });
    await expect(openInBrowser({ redirectUrl, open: broken })({ url: login })).rejects.toThrow("no browser");
    await expect(fetch(redirectUrl)).rejects.toThrow("fetch failed");
  });
});
