import type { SandboxBroker } from "./broker.ts";
import type { SandboxClock } from "./clock.ts";
import { numberField, textField } from "./control-field.ts";
import { type Journal, type JournalFilter, createJournal } from "./journal.ts";
import { type Json, type JsonObject, isJsonObject } from "./json.ts";
import { type Listener, type ReceivedRequest, startListener } from "./listener.ts";
import type { Reply } from "./reply.ts";
import { SandboxError } from "./sandbox-error.ts";
import type { Scenario } from "./scenario.ts";

export interface ControlOptions {
  readonly port?: number | undefined;
  readonly clock: SandboxClock;
  readonly journal: Journal;
  readonly brokers: readonly SandboxBroker[];
  readonly changed: () => void;
}

type Call = (request: ReceivedRequest) => Json;

/**
 * The remote control: what the library object can do, as JSON over HTTP on a port of its own, so that other processes and other languages
 * can steer and count. It is not part of any broker and its calls are not journalled.
 */
export function startControl(options: ControlOptions): Promise<Listener> {
  const { clock, journal, brokers } = options;
  const time = (): JsonObject => ({ now: clock.now(), offsetMs: clock.offsetMs });
  const orders = (): Json =>
    brokers.flatMap(({ broker, scenarios }) =>
      scenarios.list().map(({ account, scenario }) => ({ broker, account, scenario })),
    );

  const calls: Record<string, Call> = {
    "GET /": () => ({
      brokers: brokers.map(({ broker, urls, controls }) => ({ broker, urls, controls: Object.keys(controls) })),
      calls: [...Object.keys(calls), "POST /brokers/{broker}/{control}"],
    }),
    "GET /journal": ({ query }) =>
      journal.entries(journalFilter(query)).map((entry) => ({ ...entry, body: entry.body ?? null })),
    "DELETE /journal": () => {
      journal.clear();
      return {};
    },
    "GET /clock": time,
    "POST /clock": (request) => {
      const body = object(request);
      if (body["set"] !== undefined) clock.set(numberField(body, "set"));
      else clock.advance(numberField(body, "advance"));
      return time();
    },
    "GET /scenarios": () => ({
      playing: orders(),
      known: Object.fromEntries(brokers.map(({ broker, scenarios }) => [broker, scenarios.known])),
    }),
    "POST /scenarios": (request) => {
      const body = object(request);
      const { scenario } = body;
      if (!isScenario(scenario))
        throw new SandboxError("bad_option", 'The field "scenario" must be an object with a "name".');
      const before = clock.offsetMs;
      choose(brokers, textField(body, "broker")).scenarios.set(textField(body, "account"), scenario);
      // Some scenarios move the clock, which all brokers live by: whoever sets one for one broker has to learn that.
      return { playing: orders(), clock: { ...time(), movedMs: Math.round(clock.offsetMs - before) } };
    },
    "DELETE /scenarios": ({ query }) => {
      const wanted = query.get("broker");
      for (const broker of wanted === null ? brokers : [choose(brokers, wanted)]) {
        broker.scenarios.clear(query.get("account") ?? undefined, query.get("name") ?? undefined);
      }
      return { playing: orders() };
    },
    "GET /accounts": () =>
      brokers.flatMap((broker) => broker.accounts().map((account) => ({ broker: broker.broker, ...account }))),
    "GET /inbox": ({ query }) => {
      const account = query.get("account") ?? "";
      const inbox = choose(brokers, query.get("broker") ?? "nubra").controls["inbox"];
      return inbox?.({ account }) ?? [];
    },
    "POST /other-device-login": (request) => {
      const body = object(request);
      return choose(brokers, textField(body, "broker")).otherDeviceLogin(textField(body, "account"));
    },
  };

  const listening = startListener({
    broker: "sandbox",
    name: "control",
    port: options.port,
    now: Date.now,
    // Control calls did not arrive at a broker.
    journal: createJournal({ keep: 0 }),
    handle: async (request) => {
      const stranger = strangerIn(request, (await listening).port);
      return stranger === undefined ? answer(request) : { status: 403, body: { error: stranger, code: "bad_origin" } };
    },
  });
  return listening;

  function answer(request: ReceivedRequest): Reply {
    const [, folder, broker, control, ...rest] = request.path.split("/");
    try {
      if (
        request.method === "POST" &&
        folder === "brokers" &&
        broker !== undefined &&
        control !== undefined &&
        rest.length === 0
      ) {
        const chosen = choose(brokers, broker);
        const call = Object.hasOwn(chosen.controls, control) ? chosen.controls[control] : undefined;
        if (call === undefined) {
          throw new SandboxError(
            "unknown_control",
            `${broker} has no control "${control}"; it has ${Object.keys(chosen.controls).join(", ")}.`,
          );
        }
        return done(call(object(request)));
      }
      const name = `${request.method} ${request.path}`;
      const call = Object.hasOwn(calls, name) ? calls[name] : undefined;
      if (call === undefined)
        return { status: 404, body: { error: `There is no ${name}; GET / lists the calls.`, code: "unknown_control" } };
      return done(call(request));
    } catch (error) {
      if (!(error instanceof SandboxError)) throw error;
      return { status: 400, body: { error: error.message, code: error.code } };
    }
  }

  function done(body: Json): Reply {
    options.changed();
    return { status: 200, body };
  }
}

/**
 * A page in a browser can reach every port of its own machine, by an address it knows or by a name of its own that it lets point here (DNS
 * rebinding). Programs send neither an `Origin` nor `Sec-Fetch-Site`, and name the host by its address.
 */
function strangerIn({ headers }: ReceivedRequest, port: number): string | undefined {
  const hosts = [`127.0.0.1:${port}`, `localhost:${port}`];
  if (!hosts.includes(headers["host"] ?? "")) return `This is ${hosts[0]}; the Host header names another place.`;
  const { origin, "sec-fetch-site": site = "none" } = headers;
  const own = origin === undefined || hosts.some((host) => origin === `http://${host}`);
  if (own && (site === "none" || site === "same-origin")) return undefined;
  return "The control endpoint answers programs, not pages of another origin.";
}

function choose(brokers: readonly SandboxBroker[], name: string): SandboxBroker {
  const found = brokers.find(({ broker }) => broker === name);
  if (found !== undefined) return found;
  throw new SandboxError(
    "bad_option",
    `There is no broker "${name}"; there are ${brokers.map(({ broker }) => broker).join(", ")}.`,
  );
}

function object(request: ReceivedRequest): JsonObject {
  if (isJsonObject(request.json)) return request.json;
  if (request.body.length === 0) return {};
  throw new SandboxError("bad_option", "The body must be a JSON object.");
}

function isScenario(value: Json | undefined): value is JsonObject & Scenario {
  return isJsonObject(value) && typeof value["name"] === "string";
}

function journalFilter(query: URLSearchParams): JournalFilter {
  const field = (name: string): string | undefined => query.get(name) ?? undefined;
  const count = (name: string): number | undefined => (query.has(name) ? Number(query.get(name)) : undefined);
  return {
    broker: field("broker"),
    listener: field("listener"),
    method: field("method"),
    path: field("path"),
    account: field("account"),
    step: query.has("step") ? query.getAll("step") : undefined,
    outcome: field("outcome"),
    status: count("status"),
    note: field("note"),
    after: count("after"),
  };
}
