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
export interface ScenarioOrder<Name extends string = string> {
  readonly account: string;
  readonly scenario: Scenario<Name>;
}

export interface ScenarioBookOptions<Name extends string = string> {
  /** What the broker can play: name to one sentence. */
  readonly known: Readonly<Record<Name, string>>;
  readonly accounts: () => readonly string[];
  readonly changed?: (() => void) | undefined;
  /** Carries out what setting a scenario does at once, and may refuse it by throwing. Called after the checks, before it plays. */
  readonly prepare?: ((order: ScenarioOrder<Name>) => void) | undefined;
  /** What a scenario does at once when it is set; of such a one nothing is left to play. */
  readonly atOnce?: Readonly<Partial<Record<Name, (account: string) => void>>> | undefined;
}

/** Which scenarios play at one broker. An order for the account itself goes before one for "*"; the last one set under a name replaces the former. */
export interface ScenarioBook<Name extends string = string> {
  readonly known: Readonly<Record<Name, string>>;
  /** @throws SandboxError unknown_scenario, unknown_account, bad_option */
  set(account: string, scenario: Scenario<Name>): void;
  /** Without arguments everything is cleared. */
  clear(account?: string, name?: Name): void;
  /** Looks without counting: for conditions that last, such as a skewed clock. */
  active(account: string | undefined, name: Name, step?: string): Scenario | undefined;
  /** Plays the scenario once: an occasion is counted off `skip`, then off `times`. */
  take(account: string | undefined, name: Name, step?: string): Scenario | undefined;
  list(): Array<ScenarioOrder<Name>>;
  snapshot(): Json;
  restore(saved: Json): void;
}

/** How far the broker's clock is off by the scenario `clock-skew`, in milliseconds. */
export function clockSkewMs(scenarios: Pick<ScenarioBook<"clock-skew">, "active">): number {
  const skew = scenarios.active("*", "clock-skew");
  return skew === undefined ? 0 : (numberOf(skew, "skewMs") ?? 0);
}

interface Playing<Name extends string> {
  readonly account: string;
  readonly scenario: Scenario<Name>;
  skip: number;
  left: number;
}

export function createScenarioBook<Name extends string>(options: ScenarioBookOptions<Name>): ScenarioBook<Name> {
  let playing: Array<Playing<Name>> = [];
  const changed = (): void => options.changed?.();

  const find = (account: string | undefined, name: Name, step: string | undefined): Playing<Name> | undefined => {
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
      const effect = options.atOnce?.[scenario.name];
      if (effect !== undefined) {
        effect(account);
        return changed();
      }
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
        if (!isOrder<Name>(order)) continue;
        const { account, scenario } = order;
        playing.push({ account, scenario, skip: scenario.skip ?? 0, left: scenario.times ?? Number.POSITIVE_INFINITY });
      }
    },
  };
}

function left<Name extends string>(one: Playing<Name>): ScenarioOrder<Name> {
  const times = Number.isFinite(one.left) ? { times: one.left } : {};
  const skip = one.skip > 0 ? { skip: one.skip } : {};
  const { times: _times, skip: _skip, ...scenario } = one.scenario;
  return { account: one.account, scenario: { ...scenario, name: one.scenario.name, ...times, ...skip } };
}

// A name that this version no longer has is kept and never played.
function isOrder<Name extends string>(value: Json): value is JsonObject & ScenarioOrder<Name> {
  return (
    isJsonObject(value) &&
    typeof value["account"] === "string" &&
    isJsonObject(value["scenario"]) &&
    typeof value["scenario"]["name"] === "string"
  );
}

function check<Name extends string>(options: ScenarioBookOptions<Name>, account: string, scenario: Scenario): void {
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
