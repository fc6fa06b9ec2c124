import type { SandboxClock } from "./clock.ts";
import type { Journal } from "./journal.ts";
import type { Json, JsonObject } from "./json.ts";
import type { Scenario, ScenarioBook, ScenarioOrder } from "./scenario.ts";

/** What every broker of the sandbox can be started with. Left out, it has a clock and a journal of its own. */
export interface BrokerSandboxOptions<Name extends string = string> {
  readonly clock?: SandboxClock | undefined;
  readonly journal?: Journal | undefined;
  /** The other origin that the `redirect` scenario points to. Default: a port on which nothing listens. */
  readonly elsewhereUrl?: string | undefined;
  /** Scenarios that play from the start. */
  readonly scenarios?: readonly ScenarioOrder<Name>[] | undefined;
  /** Refuses what the reference grades as harmless (and what is else accepted with a note in the journal). Default false. */
  readonly lint?: boolean | undefined;
  /** What `snapshot` returned in an earlier run. */
  readonly saved?: Json | undefined;
  /** Called after each request and control that may have changed what `snapshot` returns, before the answer goes out. */
  readonly changed?: (() => void) | undefined;
}

/** A control of one broker: takes a JSON object, returns JSON. @throws SandboxError for what it cannot carry out */
export type BrokerControl = (parameters: JsonObject) => Json;

/** What the control endpoint and the state file know of a broker. */
export interface SandboxBroker {
  /** "nubra", "kotak-neo", "zerodha", "angel-one". */
  readonly broker: string;
  /** Listener name to base URL, without a trailing slash. */
  readonly urls: Readonly<Record<string, string>>;
  /** Listener name to port; kept in the state file, so that a second run listens where the first did. */
  readonly ports: Readonly<Record<string, number>>;
  readonly clock: SandboxClock;
  readonly journal: Journal;
  readonly scenarios: ScenarioBook;
  /**
   * Short for `scenarios.set`. Where the broker is known, a name that it does not have does not compile; `scenarios.set` takes a name that is only
   * known at run time. @throws SandboxError unknown_scenario, unknown_account, bad_option
   */
  setScenario(account: string, scenario: Scenario): void;
  /** Short for `scenarios.clear`: without arguments all of them. */
  clearScenarios(account?: string, name?: string): void;
  /** One object per account: its invented credentials and the state the broker keeps of it. */
  accounts(): JsonObject[];
  /** Somebody logs in on another device: a session is really minted there, with all that this does to ours. @throws SandboxError unknown_account */
  otherDeviceLogin(account: string): JsonObject;
  /** What only this broker has, under the names of its control calls. */
  readonly controls: Readonly<Record<string, BrokerControl>>;
  /** All that a second run needs to go on: sessions, attempts, used codes, scenarios. */
  snapshot(): Json;
  restore(saved: Json): void;
  close(): Promise<void>;
  [Symbol.asyncDispose](): Promise<void>;
}

/** Takes an earlier run over and sets what plays from the start. A broker that cannot is closed again. */
export async function begin<Broker extends SandboxBroker>(
  broker: Broker,
  { saved, scenarios = [] }: Pick<BrokerSandboxOptions, "saved" | "scenarios">,
): Promise<Broker> {
  if (saved !== undefined) broker.restore(saved);
  try {
    for (const { account, scenario } of scenarios) broker.scenarios.set(account, scenario);
  } catch (error) {
    await broker.close();
    throw error;
  }
  return broker;
}
