import { createHash, randomBytes } from "node:crypto";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";
import { createJournal, type Journal } from "./journal.ts";

/** The one app that the sandbox knows, and its customers. Invented. */
export const demoApp = { apiKey: "kx7demo0apikey01", apiSecret: "s9demo0apisecret0000000000000001" } as const;
export const demoCustomers: readonly [string, string] = ["QX4417", "ZK9020"];

const requestTokenLifeMs = 5 * 60_000;
const redirectAddress = "https://app.example.com/broker/callback";
// 06:00 IST is 00:30 UTC.
const dayOf = (at: number): number => Math.floor((at - 30 * 60_000) / 86_400_000);

export interface ExampleSandboxOptions {
  /** Broker time in epoch milliseconds. */
  readonly now: () => number;
}

export interface ExampleSandbox extends AsyncDisposable {
  /** Both hosts of the broker, without a slash at the end. */
  readonly url: string;
  readonly journal: Journal;
  /** Plays a person: opens the page, logs in as this customer, and gives back the address that the browser is led to. */
  logInAtPage(page: string, customer?: string): Promise<string>;
  /** Ends every session of a customer, as the broker's own web page does. */
  endSessions(customer: string): void;
}

interface Call {
  readonly method: string;
  readonly path: string;
  readonly query: URLSearchParams;
  readonly authorization: string | undefined;
  readonly form: Readonly<Record<string, string>>;
}

interface Reply {
  readonly status: number;
  readonly data?: unknown;
  readonly errorType?: string;
  readonly location?: string;
  /** Which rule of the wire was broken; absent where none was. */
  readonly refused?: string;
}

/** The broker on a loopback port. It is strict about what arrives, and writes all of it down. */
export async function startExampleSandbox({ now }: ExampleSandboxOptions): Promise<ExampleSandbox> {
  const journal = createJournal((path) => path === "/connect/login");
  const requestTokens = new Map<string, { readonly customer: string; readonly givenAt: number }>();
  const sessions = new Map<string, { readonly customer: string; readonly day: number }>();

  const server = createServer((raw, response) => {
    void (async () => {
      const { method = "", url = "/", headers } = raw;
      const { pathname: path, searchParams: query } = new URL(url, "http://sandbox");
      const isForm = headers["content-type"]?.startsWith("application/x-www-form-urlencoded") === true;
      const body = await text(raw);
      const form = isForm ? Object.fromEntries(new URLSearchParams(body)) : {};
      const reply = decide({ method, path, query, authorization: headers.authorization, form });
      const { status, data, errorType, location, refused } = reply;
      const seen = Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, value?.toString()]));
      const outcome = refused === undefined ? "accepted" : `refused: ${refused}`;
      journal.write({ method, path, headers: seen, form, outcome, status });
      response.writeHead(status, {
        "content-type": "application/json",
        ...(location === undefined ? {} : { location }),
      });
      const answer = errorType === undefined ? { status: "success", data } : { status: "error", error_type: errorType };
      response.end(JSON.stringify(answer));
    })();
  });
  server.listen(0, "127.0.0.1");
  await new Promise((resolve) => server.once("listening", resolve));
  const { port } = server.address() as AddressInfo;
  const sandboxUrl = `http://127.0.0.1:${port}`;

  return {
    url: sandboxUrl,
    journal,
    async logInAtPage(page, customer = demoCustomers[0]) {
      const { headers } = await fetch(`${page}&sandbox_customer=${customer}`, { redirect: "manual" });
      return headers.get("location") ?? "";
    },
    endSessions(customer) {
      for (const [token, session] of sessions) if (session.customer === customer) sessions.delete(token);
    },
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };

  function decide(call: Call): Reply {
    const route = `${call.method} ${call.path}`;
    if (route === "GET /connect/login") return logInPage(call.query);
    if (route === "POST /session/token") return mint(call.form);
    const match = /^token ([^:\s]+):(\S+)$/.exec(call.authorization ?? "");
    if (match === null) return refuse(400, "InputException", "header-form");
    const [, apiKey, token = ""] = match;
    const session = sessions.get(token);
    if (apiKey !== demoApp.apiKey || session === undefined || session.day !== dayOf(now())) {
      return refuse(403, "TokenException", "dead-session");
    }
    switch (route) {
      case "DELETE /session/token":
        sessions.delete(token);
        return { status: 200, data: true };
      case "GET /user/profile":
        return { status: 200, data: { user_id: session.customer } };
      case "GET /portfolio/holdings":
        return { status: 200, data: [] };
      case "GET /reports":
        return refuse(403, "PermissionException", "no-permission");
      case "POST /orders":
        return { status: 200, data: { order_id: "1" } };
      default:
        return refuse(404, "InputException", "no-such-path");
    }
  }

  function logInPage(query: URLSearchParams): Reply {
    if (query.get("api_key") !== demoApp.apiKey) return refuse(400, "InputException", "unknown-app");
    const token = randomBytes(16).toString("hex");
    requestTokens.set(token, { customer: query.get("sandbox_customer") ?? "", givenAt: now() });
    const back = new URLSearchParams({ request_token: token, state: query.get("state") ?? "" });
    return { status: 302, location: `${redirectAddress}?${back.toString()}` };
  }

  function mint(form: Call["form"]): Reply {
    const names = Object.keys(form).toSorted().join();
    if (names !== "api_key,checksum,request_token") return refuse(400, "InputException", "fields");
    const { api_key: apiKey = "", request_token: requestToken = "", checksum } = form;
    const wanted = createHash("sha256").update(`${apiKey}${requestToken}${demoApp.apiSecret}`).digest("hex");
    if (apiKey !== demoApp.apiKey || checksum !== wanted) return refuse(403, "ChecksumException", "wrong-checksum");
    const given = requestTokens.get(requestToken);
    // Single use: whatever comes of it, it is gone now.
    requestTokens.delete(requestToken);
    if (given === undefined) return refuse(403, "TokenException", "unknown-or-used-token");
    if (given.givenAt + requestTokenLifeMs <= now()) return refuse(403, "TokenException", "expired-token");
    const token = randomBytes(24).toString("base64url");
    sessions.set(token, { customer: given.customer, day: dayOf(now()) });
    return { status: 200, data: { access_token: token, user_id: given.customer } };
  }
}

function refuse(status: number, errorType: string, refused: string): Reply {
  return { status, errorType, refused };
}
