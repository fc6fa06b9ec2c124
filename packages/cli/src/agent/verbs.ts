import { timingSafeEqual } from "node:crypto";
import type { IncomingMessage, RequestListener, ServerResponse } from "node:http";
import { BrokerAuthError, type BrokerAuthErrorCode, type BrokerAuthEvent } from "@x/core";
import { chosenAccount } from "../account-choice.ts";
import { sessionHeaders } from "../authorization.ts";
import { helperAnswer } from "../credential-helper.ts";
import type { Desk } from "../desk.ts";
import { exitCodeOf } from "../exit-code.ts";
import { failureOf } from "../failure.ts";
import { jsonVersion } from "../json-output.ts";
import { jsonStatus } from "../status-json.ts";
import { isRead, sendForClient } from "./broker-request.ts";
import { bodyOf, sendJson } from "./local-server.ts";

type Input = Readonly<Record<string, unknown>>;

export interface AgentFacts {
  readonly startedAt: number;
  readonly until: string | undefined;
  /** The configuration's file. */
  readonly path: string;
  /** Which state of the configuration the agent answers for; undefined where that depends on the variables of whoever asks. */
  readonly configuration?: string | undefined;
}

/**
 * What the agent answers, as JSON over HTTP. It gives out headers, and never an MPIN, a TOTP secret or a key.
 * @param token asked for on a port; a socket that only this user can open needs none
 */
export function agentVerbs(desk: Desk, facts: AgentFacts, token?: string): RequestListener {
  const verbs: Readonly<Record<string, (input: Input) => Promise<Input>>> = {
    "GET /v1/agent": async () => ({
      pid: process.pid,
      startedAt: iso(facts.startedAt),
      until: facts.until,
      path: facts.path,
    }),
    "GET /v1/status": async () => ({
      accounts: await Promise.all(
        desk.auth.accounts.map(async (account) => jsonStatus(desk, await desk.auth.status(account))),
      ),
    }),
    "POST /v1/get": async (input) => {
      requireSameConfiguration(input, facts);
      return { ...(await helperAnswer(desk, input["uri"], textIn(input, "account"))) };
    },
    "POST /v1/headers": async (input) => {
      requireSameConfiguration(input, facts);
      const { expiresAt, ...session } = await sessionHeaders(desk, accountIn(desk, input), {
        path: textIn(input, "path") ?? "/",
        purpose: textIn(input, "purpose"),
      });
      return { ...session, expires: iso(expiresAt) };
    },
    "POST /v1/reads": async (input) => ({
      reads: isRead(desk, accountIn(desk, input), textIn(input, "method") ?? "GET", textIn(input, "input") ?? "/"),
    }),
    "POST /v1/refused": async (input) => {
      const account = accountIn(desk, input);
      const { generation } = input;
      if (typeof generation !== "number") throw wrong("generation", "must be the number that came with the headers");
      // A session that others minted has to be at hand before its refusal can be looked at.
      const session = await desk.auth.session(account, { newest: true });
      if (session.generation !== generation) return { account, outcome: "replaced" };
      return { account, outcome: await desk.auth.refused(account, generation) };
    },
  };

  return (request, response) => {
    void respond(request, response).catch(() => response.destroy());
  };

  async function respond(request: IncomingMessage, response: ServerResponse): Promise<void> {
    if (token !== undefined && !holds(request, token))
      return sendJson(response, 401, {
        version: jsonVersion,
        error: { code: "permission_denied", message: "the agent's token is missing or wrong" },
      });
    const name = `${request.method} ${request.url}`;
    if (name === "GET /v1/subscribe") return subscribe(desk, response);
    const carried = name === "POST /v1/fetch";
    const verb = Object.hasOwn(verbs, name) ? verbs[name] : undefined;
    if (verb === undefined && !carried)
      return sendJson(response, 404, {
        version: jsonVersion,
        error: {
          code: "configuration",
          message: `there are ${Object.keys(verbs).join(", ")}, POST /v1/fetch, GET /v1/subscribe`,
        },
      });
    // HTTP allows any number of these before the answer. Only who has asked for one knows them for certain.
    const waits = verb !== undefined && request.headers.expect === "100-continue";
    const atWork = waits ? setInterval(() => response.writeContinue(), atWorkMs) : undefined;
    try {
      if (verb === undefined) await sendForClient(desk, request, response);
      else sendJson(response, 200, { version: jsonVersion, ...(await verb(await inputOf(request))) });
    } catch (error) {
      const { facts: told } = failureOf(error);
      sendJson(response, statusOf(told["code"]), { version: jsonVersion, error: told });
    } finally {
      clearInterval(atWork);
    }
  }
}

// How often who waits for a login hears that the agent is alive: one that was stopped is then told from one that works.
const atWorkMs = 1000;

/** The HTTP status of an error, by what its exit code would be: 400 for usage, 409 where a person is needed, 422 refused, 503 not available. */
export function statusOf(code: unknown): number {
  const exit = Object.hasOwn(exitCodeOf, String(code)) ? exitCodeOf[code as BrokerAuthErrorCode] : 1;
  return { 2: 400, 3: 409, 4: 422, 5: 503 }[exit as number] ?? 500;
}

// Some thousand events. Who does not read that many gets no more of them, so that the agent's memory does not grow.
const mostQueued = 1_048_576;

function subscribe(desk: Desk, response: ServerResponse): void {
  response.writeHead(200, { "content-type": "application/x-ndjson", "cache-control": "no-store" });
  response.flushHeaders();
  const stop = desk.auth.on((event: BrokerAuthEvent) => {
    response.write(`${JSON.stringify({ version: jsonVersion, ...event })}\n`);
    if (response.writableLength > mostQueued) response.destroy();
  });
  response.once("close", stop);
}

function holds({ headers }: IncomingMessage, token: string): boolean {
  const given = Buffer.from(headers.authorization ?? "");
  const wanted = Buffer.from(`Bearer ${token}`);
  return given.byteLength === wanted.byteLength && timingSafeEqual(given, wanted);
}

async function inputOf(request: IncomingMessage): Promise<Input> {
  const body = await bodyOf(request);
  if (body === undefined) throw wrong("body", "is longer than 1 MiB");
  if (body.byteLength === 0) return {};
  try {
    const input: unknown = JSON.parse(body.toString("utf8"));
    if (typeof input === "object" && input !== null && !Array.isArray(input)) return input as Input;
  } catch {
    // Told below: a parser's message quotes the text.
  }
  throw wrong("body", "must be a JSON object");
}

// A command that reads the configuration as it is now would answer in another way.
function requireSameConfiguration(input: Input, { configuration }: AgentFacts): void {
  const given = textIn(input, "configuration");
  if (given !== undefined && given !== configuration)
    throw wrong("configuration", "is not the one that this agent was started with");
}

function accountIn(desk: Desk, input: Input): string {
  return chosenAccount(desk.configuration, textIn(input, "account"));
}

function textIn(input: Input, field: string): string | undefined {
  const value = Object.hasOwn(input, field) ? input[field] : undefined;
  if (value === undefined || typeof value === "string") return value;
  throw wrong(field, "must be a text");
}

function wrong(field: string, message: string): BrokerAuthError {
  return new BrokerAuthError("configuration", `${field}: ${message}`, { field });
}

function iso(at: number): string {
  return new Date(at).toISOString();
}
