import { once } from "node:events";
import { lstatSync, readFileSync } from "node:fs";
import { createConnection } from "node:net";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { describe, expect, it, vi } from "vitest";
import { call } from "../testing/socket-call.ts";
import { Trial } from "../testing/trial.ts";

const methods = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "QUERY", "PROPFIND"];

// All calls of both sandboxes, and what official clients know besides.
const paths = {
  main: [
    "/sendphoneotp /verifyphoneotp /totp/login /totp/enable /totp/disable /totp/generate-secret /verifypin /logout /userinfo /ipaddress/validate",
    "/portfolio/holdings /portfolio/positions /portfolio/v2/positions /portfolio/user_funds_and_margin /sentinel/portfolio/user_funds_and_margin",
    "/reports/contract-note /orders/v2/single /orders/v2/multi /orders/v2/modify /orders/v2/cancel /orders/v2/basket",
  ],
  hedge: [
    "/login/1.0/tradeApiLogin /login/1.0/tradeApiValidate /login/1.0/login/v6/totp/login /login/1.0/login/v6/totp/validate /login/1.0/get-client-ip",
    "/quick/user/orders /quick/user/orders/1 /quick/user/positions /quick/user/trades /quick/user/limits /quick/user/check-margin /portfolio/v1/holdings",
    "/quick/order/history /quick/order/rule/ms/place /quick/order/vr/modify /quick/order/cancel /script-details/1.0/masterscrip/file-paths",
  ],
  kite: [
    "/connect/login /session/token /session/refresh_token /user/profile /user/margins /orders /orders/1 /orders/1/trades /trades /orders/regular /orders/co/1",
    "/margins/orders /margins/basket /charges/orders /portfolio/positions /portfolio/holdings /mf/orders /mf/orders/1 /gtt/triggers /gtt/triggers/1",
  ],
} as const;

/** A login through the broker's page, so that its account has a session too. */
async function logInByPage(trial: Trial): Promise<void> {
  const child = trial.start(["login", "kite", "--stdin"]);
  let seen = "";
  child.stderr?.on("data", (chunk) => (seen += String(chunk)));
  await vi.waitFor(() => expect(seen).toMatch(/Log in at \S+\n/), { timeout: 60_000 });
  const [url = ""] = /http:\S+/.exec(seen) ?? [];
  child.stdin?.end(`${await trial.logInAtPage(url)}\n`);
  expect((await once(child, "close"))[0]).toBe(0);
}

/** A path in every spelling that a server, a proxy or a parser somewhere might read as the same one. */
function spellings(path: string): string[] {
  const [, first = "", rest = ""] = /^\/([^/]+)(.*)$/.exec(path) ?? [];
  return [
    path,
    `${path}/`,
    `${path}?a=b`,
    `${path};a=b`,
    `${path}%20`,
    `${path}%00`,
    `/${path}`,
    path.replaceAll("/", "//"),
    path.replaceAll("/", "/./"),
    `/x/..${path}`,
    `/userinfo/..${path}`,
    `/quick/user/positions/../../..${path}`,
    `/userinfo/%2e%2e${path}`,
    `/userinfo/..%2f${path.slice(1)}`,
    `/userinfo\\..${path}`,
    path.replace("/", "/%2e/"),
    path.replaceAll("/", "%2f"),
    `/${first.toUpperCase()}${rest}`,
    `/%${first.charCodeAt(0).toString(16)}${first.slice(1)}${rest}`,
    `/userinfo?${path}`,
    `/userinfo#${path}`,
    `/portfolio/holdings?x=/../..${path}`,
  ];
}

async function startGateway(trial: Trial, ...args: string[]) {
  const child = trial.start(["agent", "--gateway", ...args]);
  let seen = "";
  child.stdout?.on("data", (chunk) => (seen += String(chunk)));
  await vi.waitFor(() => expect(seen).toMatch(/^agent at /m), { timeout: 120_000, interval: 50 });
  const folder = join(trial.env["XDG_RUNTIME_DIR"] ?? "", "broker-auth");
  return { child, folder, socketPath: join(folder, "gateway.sock"), seen: () => seen };
}

// What must not arrive through the gateway: orders, and all that logs in, logs out, or touches TOTP.
const guarded = [
  "place-order",
  "modify-order",
  "cancel-order",
  "order-history",
  "order",
  "orders-v2",
  "single",
  "logout",
  "generate-secret",
];

describe("the gateway", { timeout: 600_000 }, () => {
  it("passes reads only: every method and path of three sandboxes, in every spelling, brings no order, login or logout", async () => {
    const trial = await Trial.start();
    trial.write({
      accounts: { main: trial.account("main"), hedge: trial.account("hedge"), kite: trial.redirectAccount() },
    });
    await logInByPage(trial);
    const { socketPath } = await startGateway(trial);
    expect((await call({ socketPath, path: "/main/userinfo" })).status).toBe(200);
    expect((await call({ socketPath, path: "/kite/user/profile" })).status).toBe(200);
    expect((await call({ socketPath, path: "/hedge/quick/user/positions" })).status).toBe(200);
    const { journal } = trial.sandbox;
    const mark = journal.mark();
    let sent = 0;
    for (const [account, lists] of Object.entries(paths)) {
      for (const path of lists.join(" ").split(" ")) {
        for (const spelling of spellings(path)) {
          await Promise.all(
            methods.map(async (method) => {
              sent += 1;
              const body = method === "POST" || method === "PUT" ? "{}" : "";
              const headers = { "x-http-method-override": "POST", "x-original-url": "/orders/v2/single" };
              // Node's own client refuses to send some of them; raw requests are a test of their own.
              await call({ socketPath, path: `/${account}${spelling}`, method, headers }, body).catch(() => undefined);
            }),
          );
        }
      }
    }
    const arrived = journal.entries({ after: mark });
    const harmless = new Set([
      "userinfo",
      "validate-ip",
      "holdings",
      "positions",
      "orders",
      "order",
      "trades",
      "limits",
      "check-margin",
      "quotes",
      "scrip-master",
      "funds",
      "client-ip",
      // Zerodha's sums of margins and charges for orders that are not placed.
      "order-margins",
      "basket-margins",
      "charges",
      "profile",
      "margins",
      "order-trades",
      "mf-orders",
    ]);
    const others = arrived.filter(
      ({ method, path, step = "" }) =>
        !(["GET", "HEAD"].includes(method) || harmless.has(step)) ||
        (/order(?!s?$|s\/\w+$)|logout|totp|verify|login|send|session\/|refresh/i.test(path) && step !== "order-trades"),
    );
    expect(others.map(({ method, path }) => `${method} ${path}`)).toEqual([]);
    expect(journal.count({ after: mark, step: guarded.filter((step) => step !== "order") })).toBe(0);
    expect(sent).toBeGreaterThan(6000);
  });

  it("takes raw requests that no client library sends, and passes none of them on", async () => {
    const trial = await Trial.start();
    trial.configure();
    const { socketPath } = await startGateway(trial);
    await call({ socketPath, path: "/main/userinfo" });
    const { journal } = trial.sandbox;
    const mark = journal.mark();
    const order = "POST /main/orders/v2/single HTTP/1.1\r\nhost: x\r\ncontent-length: 2\r\n\r\n{}";
    const raw = [
      order,
      order.replace("/main", "http://127.0.0.1/main"),
      order.replace("/main", "//main"),
      order.replace("/main", "/main/.."),
      order.replace("/main/orders", "/main\\orders"),
      order.replace("/main/orders", "/main/\torders"),
      order.replace("POST", "post"),
      order.replace("HTTP/1.1", "HTTP/1.0"),
      `GET /main/userinfo HTTP/1.1\r\nhost: x\r\ncontent-length: ${order.length}\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n${order}`,
      "CONNECT /main/orders/v2/single HTTP/1.1\r\nhost: x\r\n\r\n",
      "GET /main/orders/v2/single HTTP/1.1\r\nhost: x\r\nconnection: upgrade\r\nupgrade: websocket\r\n\r\n",
    ];
    for (const message of raw) {
      const socket = createConnection(socketPath);
      socket.on("error", () => undefined);
      socket.end(message);
      await Promise.race([text(socket).catch(() => ""), once(socket, "close")]);
    }
    expect(journal.entries({ after: mark }).map(({ method, path }) => `${method} ${path}`)).toEqual([]);
  });

  it("--allow-orders passes an order once, and still nothing that logs in, logs out or shows a secret", async () => {
    const trial = await Trial.start();
    trial.configure({ main: [] });
    const { socketPath } = await startGateway(trial, "--allow-orders");
    const { journal } = trial.sandbox;
    const order = await call(
      { socketPath, path: "/main/orders/v2/single", method: "POST", headers: { "content-type": "application/json" } },
      "{}",
    );
    expect(order.status).not.toBe(403);
    expect(journal.count({ path: "/orders/v2/single" })).toBe(1);
    const mark = journal.mark();
    for (const path of [
      "/logout",
      "/verifypin",
      "/totp/generate-secret",
      "/totp/disable",
      "/sendphoneotp",
      "/totp/login",
    ]) {
      for (const method of methods) {
        const { status } = await call({ socketPath, path: `/main${path}`, method });
        expect([method, path, status]).toEqual([method, path, 403]);
      }
    }
    expect(journal.mark()).toBe(mark);
  });

  it("adds the headers itself: its caller never sees a broker's token, not even where the broker repeats it", async () => {
    const trial = await Trial.start();
    trial.configure({ main: [] });
    const { socketPath } = await startGateway(trial);
    const { headers } = JSON.parse((await trial.run(["headers", "main"])).out) as { headers: Record<string, string> };
    const token = headers["authorization"]?.replace("Bearer ", "") ?? "";
    const seen = await call({ socketPath, path: "/main/userinfo" });
    expect([seen.status, seen.body.includes(token)]).toEqual([200, false]);
    trial.sandbox.nubra.setScenario("main", { name: "echo-secrets", times: 2 });
    const echoed = await call({ socketPath, path: "/main/portfolio/holdings" });
    expect(echoed.body).not.toContain(token);
    expect(token.length).toBeGreaterThan(50);
  });

  it("listens on a port only at an address of its own for each run, which only this user can read", async () => {
    const trial = await Trial.start();
    trial.configure({ main: [] });
    const { folder, seen } = await startGateway(trial, "--gateway-port", "0");
    const url = readFileSync(join(folder, "gateway.url"), "utf8").trim();
    expect(lstatSync(join(folder, "gateway.url")).mode & 0o777).toBe(0o600);
    expect(seen()).not.toContain(new URL(url).pathname);
    const { port, pathname } = new URL(url);
    const ask = async (path: string, headers: Record<string, string> = {}): Promise<number> =>
      (await call({ host: "127.0.0.1", port, path, headers })).status;
    expect(await ask(`${pathname}/main/userinfo`)).toBe(200);
    expect(await ask("/main/userinfo")).toBe(404);
    expect(await ask(`${pathname.slice(0, -1)}/main/userinfo`)).toBe(404);
    expect(await ask(`${pathname}/main/userinfo`, { host: "evil.example" })).toBe(403);
    expect(await ask(`${pathname}/main/userinfo`, { origin: "https://evil.example" })).toBe(403);
  });
});
