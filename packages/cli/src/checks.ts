import { statSync } from "node:fs";
import { release, type } from "node:os";
import type { Configuration } from "@x/config";
import { type AccountStatus, errorMeanings, formatIndiaTime, isBrokerAuthError } from "@x/core";
import { localStore } from "@x/stores/local";
import { brokerClockOffset } from "./broker-clock.ts";
import { providerOf } from "./configured-account.ts";
import { messageOf } from "./failure.ts";
import { type CommonOptions, type Desk, openDesk } from "./desk.ts";
import { states } from "./status-table.ts";
import { stopReason } from "./stop-reason.ts";
import { version } from "./version.ts";

export type CheckOutcome = "good" | "note" | "bad" | "unknown";

export interface Check {
  readonly about: string;
  readonly outcome: CheckOutcome;
  readonly text: string;
}

/**
 * Looks at what logins depend on: versions, the configuration, the store, its key and rights, and each account's clock, session, last outcome and
 * address. It asks the brokers for their time and, with a live session, for the address that they see.
 * @param share leaves out what belongs to a person: names of accounts, paths, addresses
 */
export async function examine(
  options: CommonOptions,
  choose: (configuration: Configuration) => readonly string[],
  share: boolean,
): Promise<readonly Check[]> {
  const checks: Check[] = [
    {
      about: "versions",
      outcome: "good",
      text: `broker-auth ${version()}, Node ${process.versions.node}, ${type()} ${release()}, ${process.arch}`,
    },
  ];
  const failure = (about: string, error: unknown): Check => ({ about, outcome: "bad", text: shown(error, share) });
  let desk: Desk;
  try {
    desk = await openDesk(options);
  } catch (error) {
    return [...checks, failure("configuration", error), await storeCheck(share)];
  }
  await using open = desk;
  const { path, configuration } = open;
  const { accounts, warnings } = configuration;
  checks.push({
    about: "configuration",
    outcome: warnings.length > 0 ? "note" : "good",
    text:
      `${share ? "readable" : path}, ${counted(Object.keys(accounts).length)}` +
      (warnings.length === 0 ? "" : share ? `, ${warnings.length} warnings` : `; ${warnings[0]?.message ?? ""}`),
  });
  checks.push(await storeCheck(share));
  for (const [index, account] of choose(configuration).entries()) {
    const about = share ? `account ${index + 1}` : account;
    try {
      checks.push(...(await accountChecks(open, { account, about, share })));
    } catch (error) {
      checks.push(failure(about, error));
    }
  }
  return checks;
}

function counted(accounts: number): string {
  return accounts === 1 ? "one account" : `${accounts} accounts`;
}

async function storeCheck(share: boolean): Promise<Check> {
  try {
    const store = localStore();
    const place = store.place ?? "the store";
    try {
      await store.ready?.();
      const mode = statSync(place).mode & 0o777;
      return {
        about: "store",
        outcome: process.platform !== "win32" && mode !== 0o700 ? "note" : "good",
        text: `${share ? "opens" : place}, encrypted, its key can be read, mode ${mode.toString(8)}`,
      };
    } finally {
      await store.close();
    }
  } catch (error) {
    return { about: "store", outcome: "bad", text: shown(error, share) };
  }
}

async function accountChecks(
  desk: Desk,
  { account, about, share }: { readonly account: string; readonly about: string; readonly share: boolean },
): Promise<Check[]> {
  const status = await desk.auth.status(account);
  const checks: Check[] = [{ about, ...standing(status) }];
  try {
    checks.push({ about: "  clock", ...clockStanding(await brokerClockOffset(desk, account)) });
  } catch (error) {
    checks.push({ about: "  clock", outcome: "bad", text: shown(error, share) });
  }
  if (providerOf(desk, account).network === undefined)
    return [...checks, { about: "  address", outcome: "unknown", text: "this broker has no call that tells it" }];
  if (status.state !== "logged_in")
    return [...checks, { about: "  address", outcome: "unknown", text: "is asked for with a session only" }];
  try {
    const { address, allowed, message } = await desk.auth.network(account);
    const listed =
      allowed === undefined ? "the broker does not tell whether it is listed" : allowed ? "listed" : "not listed";
    checks.push({
      about: "  address",
      outcome: allowed === false ? "bad" : allowed === undefined ? "unknown" : "good",
      text: share ? listed : `${address ?? "not told"}, ${allowed === false ? message : listed}`,
    });
  } catch (error) {
    checks.push({ about: "  address", outcome: "bad", text: shown(error, share) });
  }
  return checks;
}

function clockStanding(offsetMs: number | undefined): Omit<Check, "about"> {
  if (offsetMs === undefined) return { outcome: "unknown", text: "this broker has no call that tells its time" };
  const seconds = Math.round(Math.abs(offsetMs) / 1000);
  return {
    outcome: seconds > 5 ? "note" : "good",
    text:
      seconds === 0 ? "agrees with the broker's" : `${seconds} s ${offsetMs > 0 ? "behind" : "ahead of"} the broker's`,
  };
}

function standing({
  broker,
  environment,
  state,
  expiresAt,
  blockedBy,
  blockedUntil,
  attemptsLeft,
}: AccountStatus): Omit<Check, "about"> {
  const parts = [`${broker} ${environment}`, states[state][0]];
  if (expiresAt !== undefined) parts.push(`${state === "logged_in" ? "ends" : "ended"} ${formatIndiaTime(expiresAt)}`);
  if (blockedBy !== undefined)
    parts.push(
      stopReason(blockedBy),
      `no login by itself until ${blockedUntil === undefined ? "you act" : formatIndiaTime(blockedUntil)}`,
    );
  if (attemptsLeft !== undefined) parts.push(`${attemptsLeft} attempts left`);
  const outcome =
    state === "login_blocked" ? "bad" : state === "logged_in" && blockedBy === undefined ? "good" : "note";
  return { outcome, text: parts.join(", ") };
}

// Messages name paths and accounts, so what is shared is the meaning of the code.
function shown(error: unknown, share: boolean): string {
  if (!isBrokerAuthError(error)) return "something went wrong that should not";
  return share ? `${errorMeanings[error.code]} (${error.code})` : messageOf(error);
}
