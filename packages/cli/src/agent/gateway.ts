import type { IncomingMessage, RequestListener, ServerResponse } from "node:http";
import { providerOf } from "../configured-account.ts";
import type { Desk } from "../desk.ts";
import { failureOf } from "../failure.ts";
import { jsonVersion } from "../json-output.ts";
import { answerBytes } from "./answer-bytes.ts";
import { bodyOf, sendJson } from "./local-server.ts";
import { statusOf } from "./verbs.ts";

export interface GatewayOptions {
  /** Whether orders pass as well as reads. */
  readonly allowOrders: boolean;
  /** What every path begins with; empty on a socket that only this user can open. */
  readonly prefix: string;
}

// What a caller may say, and what it is told: hop-by-hop headers, cookies and whatever else could carry a session stay outside.
const requestHeaders = ["accept", "accept-language", "content-type", "if-none-match", "if-modified-since"];
const responseHeaders = ["content-type", "content-disposition", "etag", "last-modified", "date", "retry-after"];

/** A proxy, one path for each account, such as `/main/portfolio/holdings`: it adds the session's headers, so that its callers hold no token. */
export function gateway(desk: Desk, { allowOrders, prefix }: GatewayOptions): RequestListener {
  return (request, response) => {
    void respond(request, response).catch(() => response.destroy());
  };

  async function respond(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const method = request.method ?? "";
    const target = targetOf(request.url ?? "", prefix);
    const refuse = (status: number, code: string, message: string): void => {
      request.resume();
      sendJson(response, status, { version: jsonVersion, error: { code, message } });
    };
    if (target === undefined) return refuse(404, "configuration", "ask for /ACCOUNT/path of the broker");
    const { name, path, query } = target;
    const { accounts, use } = desk.configuration;
    const account = Object.hasOwn(accounts, name) ? name : Object.hasOwn(use, name) ? use[name] : undefined;
    if (account === undefined) return refuse(404, "configuration", "there is no account of that name");
    const provider = providerOf(desk, account);
    // A broker's other calls log in, log out or show a TOTP secret: what passes stands on one of the adapter's lists.
    const orders = allowOrders && provider.isOrder?.({ method, path }) === true;
    const reads = provider.isRead({ method, path });
    if (!reads && !orders)
      return refuse(
        403,
        "permission_denied",
        `the gateway passes ${allowOrders ? "reads and orders" : "reads"} only, and this request is not on its list`,
      );
    const body = await bodyOf(request);
    if (body === undefined) return refuse(413, "configuration", "the body is longer than 1 MiB");
    if ((method === "GET" || method === "HEAD") && body.byteLength > 0)
      return refuse(400, "configuration", `${method} has no body`);
    try {
      const headers = Object.fromEntries(requestHeaders.flatMap((key) => textOf(key, request.headers[key])));
      // Asked for before: once the answer is there, nothing may fail or wait any more. An order may have been executed.
      const tokens = await tokensOf(account);
      const answer = await desk.auth.fetch(account, path + query, {
        method,
        headers,
        ...(body.byteLength === 0 ? {} : { body }),
      });
      // The session at hand, without a login: it may be another one by now.
      const newer = await tokensOf(account, AbortSignal.abort()).catch(() => []);
      await pass(answer, [...tokens, ...newer], response, reads);
    } catch (error) {
      const { facts } = failureOf(error);
      sendJson(response, statusOf(facts["code"]), { version: jsonVersion, error: facts });
    }
  }

  async function tokensOf(account: string, signal?: AbortSignal): Promise<readonly string[]> {
    const headers = await desk.auth.headers(account, signal === undefined ? {} : { signal });
    return Object.values(headers).map((value) => value.replace(/^Bearer /, ""));
  }
}

async function pass(
  answer: Response,
  tokens: readonly string[],
  response: ServerResponse,
  reads: boolean,
): Promise<void> {
  const bytes = await answerBytes(answer, reads);
  const kept = Object.fromEntries(responseHeaders.flatMap((key) => textOf(key, answer.headers.get(key) ?? undefined)));
  const text = `${bytes.toString("latin1")}\n${Object.values(kept).join("\n")}`;
  // Some brokers repeat in an error what the request carried.
  if (tokens.some((token) => token.length >= 12 && text.includes(token)))
    return sendJson(response, 502, {
      version: jsonVersion,
      error: {
        code: reads ? "protocol_error" : "outcome_unknown",
        message: "the broker's answer repeats the session's token, so it is not passed on",
      },
    });
  response.writeHead(answer.status, { ...kept, "content-length": bytes.byteLength, "cache-control": "no-store" });
  response.end(bytes);
}

/**
 * Account and path of a request's target. Only a path that leaves as it is written is taken: no dot segments, backslashes or encoded slashes, which
 * a server further on may read in another way.
 */
function targetOf(url: string, prefix: string): { name: string; path: string; query: string } | undefined {
  if (!url.startsWith(`${prefix}/`)) return undefined;
  const [, name, rest] = /^\/([\w$-]{1,64})(\/[^#\\\s]*)$/.exec(url.slice(prefix.length)) ?? [];
  if (name === undefined || rest === undefined || !URL.canParse(`https://path.invalid${rest}`)) return undefined;
  const { host, pathname, search } = new URL(`https://path.invalid${rest}`);
  const asWritten = host === "path.invalid" && rest.split("?", 1)[0] === pathname && !/%(?:2f|5c|2e)/i.test(pathname);
  return asWritten ? { name, path: pathname, query: search } : undefined;
}

function textOf(key: string, value: string | string[] | undefined): [string, string][] {
  return value === undefined ? [] : [[key, String(value)]];
}
