import { Agent, type ClientRequest, type IncomingMessage, request } from "node:http";
import { dirname } from "node:path";
import { BrokerAuthError, type BrokerAuthErrorCode, type BrokerAuthEvent, errorCodes } from "@x/core";
import { jsonVersion } from "../json-output.ts";
import { isOwnFolder, statOf } from "./agent-places.ts";
import { type CarriedRequest, factsHeader } from "./carried-request.ts";
import { longestHeaders } from "./local-server.ts";

type Facts = Readonly<Record<string, unknown>>;

const longestAnswer = 16 * 1_048_576;
const pauseMs = 1000;
// How long the agent may take to say what a request does whose answer is lost.
const knowsMs = 2000;

/** The agent's socket: questions, requests that it sends on, and its events. Connections are kept for the next call. */
export class AgentConnection {
  readonly #socketPath: string;
  readonly #timeoutMs: number;
  readonly #connections = new Agent({ keepAlive: true, maxSockets: 64 });
  readonly #subscriptions = new Set<() => void>();
  #closed = false;

  constructor(socketPath: string, timeoutMs: number) {
    this.#socketPath = socketPath;
    this.#timeoutMs = timeoutMs;
  }

  /** @throws BrokerAuthError what the agent says of a failure; `store_unavailable` where none answers; `aborted` */
  async ask(method: "GET" | "POST", path: string, input?: Facts, signal?: AbortSignal): Promise<Facts> {
    const body = input === undefined ? "" : JSON.stringify(input);
    const { text } = await this.#exchange({ method, path, headers: {} }, body, signal);
    return checked(this.#parsed(text.toString("utf8")));
  }

  /** Has the agent send a request to a broker, and gives the broker's answer. */
  async send({ facts, body, signal }: CarriedRequest): Promise<Response> {
    const headers = { [factsHeader]: Buffer.from(JSON.stringify(facts)).toString("base64url") };
    try {
      const { answer, text } = await this.#exchange({ method: "POST", path: "/v1/fetch", headers }, body, signal);
      const told = answer.headers[answeredHeader];
      // Without it this is the agent's own word.
      if (typeof told !== "string") throw failureIn(this.#parsed(text.toString("utf8")));
      const { status, headers: given } = JSON.parse(Buffer.from(told, "base64url").toString("utf8")) as {
        readonly status: number;
        readonly headers: readonly [string, string][];
      };
      const empty = [101, 204, 205, 304].includes(status) || text.byteLength === 0;
      return new Response(empty ? null : new Uint8Array(text), { status, headers: [...given] });
    } catch (error) {
      if (!(error instanceof Lost)) throw error;
      if (await this.#onlyReads(facts)) throw error.reason;
      throw new BrokerAuthError("outcome_unknown", "the agent was asked to send it, and its answer did not come", {
        cause: error.reason,
      });
    }
  }

  // Brokers have GETs with effects and POSTs that read. Where nobody is left who knows, it counts as one with an effect.
  async #onlyReads({ account, method, input }: CarriedRequest["facts"]): Promise<boolean> {
    try {
      const { reads } = await this.ask("POST", "/v1/reads", { account, method, input }, AbortSignal.timeout(knowsMs));
      return reads === true;
    } catch {
      return false;
    }
  }

  /** Tells events until the function that it gives is called. */
  subscribe(listener: (event: BrokerAuthEvent) => void): () => void {
    let ended = false;
    let current: ClientRequest | undefined;
    let timer: NodeJS.Timeout | undefined;
    const again = (): void => {
      if (ended || this.#closed) return;
      timer = setTimeout(open, pauseMs).unref();
    };
    const open = (): void => {
      if (!this.#isOurs()) return again();
      let once = false;
      const next = (): void => {
        if (!once) again();
        once = true;
      };
      current = request({ socketPath: this.#socketPath, path: "/v1/subscribe", agent: false }, (answer) => {
        let rest = "";
        answer.setEncoding("utf8").on("data", (chunk: string) => {
          const lines = (rest + chunk).split("\n");
          rest = lines.pop() ?? "";
          for (const line of lines) tell(line, listener);
        });
        answer.once("error", next).once("close", next);
      });
      current.on("socket", (socket) => socket.unref());
      current.once("error", next);
      current.end();
    };
    const stop = (): void => {
      ended = true;
      clearTimeout(timer);
      current?.destroy();
      this.#subscriptions.delete(stop);
    };
    this.#subscriptions.add(stop);
    open();
    return stop;
  }

  close(): void {
    this.#closed = true;
    for (const stop of this.#subscriptions) stop();
    this.#connections.destroy();
  }

  #isOurs(): boolean {
    const stat = statOf(dirname(this.#socketPath));
    return stat !== undefined && isOwnFolder(stat);
  }

  async #exchange(
    { method, path, headers }: { method: string; path: string; headers: Readonly<Record<string, string>> },
    body: string | Uint8Array,
    signal: AbortSignal | undefined,
  ): Promise<{ readonly answer: IncomingMessage; readonly text: Buffer }> {
    if (this.#closed)
      throw new BrokerAuthError("configuration", "this client was closed before the call; nothing was sent");
    if (signal?.aborted === true) throw aborted();
    // A socket in a folder of others may be anybody's.
    if (!this.#isOurs()) throw this.#silent("no agent answers");
    let left = false;
    return new Promise((resolve, reject) => {
      const fail = (cause: unknown): void => {
        const error =
          signal?.aborted === true ? aborted() : this.#silent(over ? "the agent is silent" : "no agent answers", cause);
        reject(left && path === "/v1/fetch" ? new Lost(error) : error);
      };
      let over = false;
      const length = typeof body === "string" ? Buffer.byteLength(body) : body.byteLength;
      const asked = request(
        {
          socketPath: this.#socketPath,
          method,
          path,
          headers: { ...headers, "content-length": length },
          agent: this.#connections,
          maxHeaderSize: longestHeaders,
          ...(signal === undefined ? {} : { signal }),
        },
        (answer) => {
          const chunks: Buffer[] = [];
          let bytes = 0;
          answer.on("data", (chunk: Buffer) => {
            bytes += chunk.byteLength;
            if (bytes > longestAnswer) answer.destroy(new Error("too long"));
            chunks.push(chunk);
          });
          answer.once("end", () => resolve({ answer, text: Buffer.concat(chunks) }));
          answer.once("error", fail);
        },
      );
      asked.setTimeout(this.#timeoutMs, () => {
        over = true;
        asked.destroy(new Error("silent"));
      });
      asked.once("error", fail);
      asked.on("socket", (socket) => {
        if (!socket.connecting) left = true;
        else socket.once("connect", () => (left = true));
      });
      asked.end(body);
    });
  }

  #silent(what: string, cause?: unknown): BrokerAuthError {
    return new BrokerAuthError("store_unavailable", `${what} at ${this.#socketPath}`, {
      cause,
      action: "Start one: broker-auth agent.",
    });
  }

  #parsed(text: string): Facts {
    try {
      const answer: unknown = JSON.parse(text);
      if (typeof answer === "object" && answer !== null && (answer as Facts)["version"] === jsonVersion)
        return answer as Facts;
    } catch {
      // What is no JSON is told below.
    }
    throw new BrokerAuthError("store_unavailable", `what answers at ${this.#socketPath} is no agent of this version`, {
      action: "End it, and start broker-auth agent again.",
    });
  }
}

/** The header that marks an answer of the broker, with its status and its headers. */
export const answeredHeader = "x-broker-auth-answer";

/** The request had left for the agent, so that nobody knows what became of it. */
class Lost extends Error {
  readonly reason: BrokerAuthError;

  constructor(reason: BrokerAuthError) {
    super("lost");
    this.reason = reason;
  }
}

function aborted(): BrokerAuthError {
  return new BrokerAuthError("aborted", "the wait was ended by its signal");
}

function checked(answer: Facts): Facts {
  if (answer["error"] !== undefined) throw failureIn(answer);
  return answer;
}

/** The agent's error, as the engine behind it threw it. */
function failureIn({ error }: Facts): BrokerAuthError {
  const { code, message, ...details } = (error ?? {}) as Facts & { code?: unknown; message?: unknown };
  const known = typeof code === "string" && Object.hasOwn(errorCodes, code);
  return new BrokerAuthError(
    known ? (code as BrokerAuthErrorCode) : "protocol_error",
    typeof message === "string" ? message : "the agent could not answer",
    { ...details, cause: undefined },
  );
}

function tell(line: string, listener: (event: BrokerAuthEvent) => void): void {
  try {
    const { version: _, ...event } = JSON.parse(line) as Facts;
    listener(event as unknown as BrokerAuthEvent);
  } catch {
    // A broken line, or a listener that throws: neither disturbs the next event.
  }
}
