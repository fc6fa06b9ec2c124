import { type Json, type JsonObject, isJsonObject } from "./json.ts";
import { SandboxError } from "./sandbox-error.ts";

/** A part that a broker plays for an account. Further parameters depend on the name; the broker's table of scenarios tells them. */
export interface Scenario<Name extends string = string> {
  readonly name: Name;
  /** How often it plays before it ends by itself. Default: until cleared. */
  readonly times?: number | undefined;
  /** How many occasions it lets pass before it plays the first time. Default 0. */
  readonly skip?: number | undefined;
  /** Plays at this protocol step only, e.g. "verifypin". Default: wherever it applies. */
  readonly step?: string | undefined;
  readonly [parameter: string]: Json | undefined;
}

/** A parameter of a scenario, if it is a text. */
export function textOf(scenario: Scenario, name: string): string | undefined {
  const value = scenario[name];
  return typeof value === "string" ? value : undefined;
}

/** A parameter of a scenario, if it is a number. */
export function numberOf(scenario: Scenario, name: string): number | undefined {
  const value = scenario[name];
  return typeof value === "number" ? value : undefined;
}

/** A scenario and the account it plays for; "*" stands for every account and for requests that belong to none. */
export interface ScenarioOrder {
  readonly account: string;
  readonly scenario: Scenario;
}

export interface ScenarioBookOptions {
  /** What the broker can play: name to one sentence. */
  readonly known: Readonly<Record<string, string>>;
  readonly accounts: () => readonly string[];
  readonly changed?: (() => void) | undefined;
  /** Carries out what setting a scenario does at once, and may refuse it by throwing. Called after the checks, before it plays. */
  readonly prepare?: ((order: ScenarioOrder) => void) | undefined;
}

/** Which scenarios play at one broker. An order for the account itself goes before one for "*"; the last one set under a name replaces the former. */
export interface ScenarioBook {
  readonly known: Readonly<Record<string, string>>;
  /** @throws SandboxError unknown_scenario, unknown_account, bad_option */
  set(account: string, scenario: Scenario): void;
  /** Without arguments everything is cleared. */
  clear(account?: string, name?: string): void;
  /** Looks without counting: for conditions that last, such as a skewed clock. */
  active(account: string | undefined, name: string, step?: string): Scenario | undefined;
  /** Plays the scenario once: an occasion is counted off `skip`, then off `times`. */
  take(account: string | undefined, name: string, step?: string): Scenario | undefined;
  list(): ScenarioOrder[];
  snapshot(): Json;
  restore(saved: Json): void;
}

interface Playing {
  readonly account: string;
  readonly scenario: Scenario;
  skip: number;
  left: number;
}

export function createScenarioBook(options: ScenarioBookOptions): ScenarioBook {
  let playing: Playing[] = [];
  const changed = (): void => options.changed?.();

  const find = (account: string | undefined, name: string, step: string | undefined): Playing | undefined => {
    const fits = playing.filter(
      (one) => one.scenario.name === name && (one.scenario.step === undefined || one.scenario.step === step),
    );
    return fits.find((one) => one.account === account) ?? fits.find((one) => one.account === "*");
  };

  return {
    known: options.known,
    set(account, scenario) {
      check(options, account, scenario);
      options.prepare?.({ account, scenario });
      playing = playing.filter(
        (one) => one.account !== account || one.scenario.name !== scenario.name || one.scenario.step !== scenario.step,
      );
      playing.push({ account, scenario, skip: scenario.skip ?? 0, left: scenario.times ?? Number.POSITIVE_INFINITY });
      changed();
    },
    clear(account, name) {
      playing = playing.filter(
        (one) =>
          (account !== undefined && one.account !== account) || (name !== undefined && one.scenario.name !== name),
      );
      changed();
    },
    active: (account, name, step) => {
      const found = find(account, name, step);
      return found === undefined || found.skip > 0 ? undefined : found.scenario;
    },
    take(account, name, step) {
      const found = find(account, name, step);
      if (found === undefined) return undefined;
      if (found.skip > 0) {
        found.skip -= 1;
        changed();
        return undefined;
      }
      found.left -= 1;
      if (found.left <= 0) playing = playing.filter((one) => one !== found);
      changed();
      return found.scenario;
    },
    list: () => playing.map(left),
    snapshot: () => playing.map((one) => ({ account: one.account, scenario: left(one).scenario })),
    restore(saved) {
      playing = [];
      for (const order of Array.isArray(saved) ? saved : []) {
        if (!isOrder(order)) continue;
        const { account, scenario } = order;
        playing.push({ account, scenario, skip: scenario.skip ?? 0, left: scenario.times ?? Number.POSITIVE_INFINITY });
      }
    },
  };
}

function left(one: Playing): ScenarioOrder {
  const times = Number.isFinite(one.left) ? { times: one.left } : {};
  const skip = one.skip > 0 ? { skip: one.skip } : {};
  const { times: _times, skip: _skip, ...scenario } = one.scenario;
  return { account: one.account, scenario: { ...scenario, name: one.scenario.name, ...times, ...skip } };
}

function isOrder(value: Json): value is JsonObject & ScenarioOrder {
  return (
    isJsonObject(value) &&
    typeof value["account"] === "string" &&
    isJsonObject(value["scenario"]) &&
    typeof value["scenario"]["name"] === "string"
  );
}

function check(options: ScenarioBookOptions, account: string, scenario: Scenario): void {
  if (!Object.hasOwn(options.known, scenario.name)) {
    throw new SandboxError(
      "unknown_scenario",
      `There is no scenario "${scenario.name}"; there are ${Object.keys(options.known).join(", ")}.`,
    );
  }
  const accounts = options.accounts();
  if (account !== "*" && !accounts.includes(account)) {
    throw new SandboxError(
      "unknown_account",
      `There is no account "${account}"; there are ${accounts.join(", ")}, and "*" for all.`,
    );
  }
  for (const count of ["times", "skip"] as const) {
    const value = scenario[count];
    if (value !== undefined && (!Number.isInteger(value) || value < (count === "times" ? 1 : 0))) {
      throw new SandboxError(
        "bad_option",
        `"${count}" of scenario "${scenario.name}" must be a whole number, ${count === "times" ? "1" : "0"} or more.`,
      );
    }
  }
}
