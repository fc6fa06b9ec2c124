import type { SandboxClock } from "../clock.ts";
import type { ReceivedRequest } from "../listener.ts";
import type { Reply } from "../reply.ts";
import { type Scenario, type ScenarioBook, numberOf } from "../scenario.ts";
import type { TotpVerifier } from "../totp-verifier.ts";
import type { Account } from "./account-state.ts";
import type { CallerAddresses } from "./caller-addresses.ts";
import { kotakNeoFailureStyles, type FailureLook } from "./refusal.ts";

/** What the parts of the broker share. */
export interface KotakNeoWorld {
  readonly clock: SandboxClock;
  /** The broker's time: the clock and the skew that a scenario adds. */
  readonly now: () => number;
  readonly accounts: readonly Account[];
  readonly totp: TotpVerifier;
  readonly scenarios: ScenarioBook;
  readonly callers: CallerAddresses;
  readonly look: FailureLook;
  /** Answers as the original document has them, without hosts. */
  readonly documented: boolean;
  readonly lint: boolean;
  readonly neoFinKey: string;
  /** A second login ends the first. Unknown for the real broker, taken as no (reference section 11). */
  readonly exclusive: boolean;
  /** Known once the listeners are up. */
  readonly tradingUrl: () => string;
  readonly elsewhereUrl: string;
}

/** One request on its way through the broker. */
export interface Visit {
  readonly request: ReceivedRequest;
  /** As the scenarios and the journal name it. */
  readonly step: string;
  /** Whose call it seems to be; that it is allowed has yet to be shown. */
  readonly account: Account | undefined;
  /** Plays a scenario once, if it is on for this account and step. */
  readonly take: (name: string) => Scenario | undefined;
}

/** True for an answer, false for what a check found. */
export function isReply(value: object): value is Reply {
  return "status" in value;
}

export function refused(visit: Visit, reason: string, reply: Reply): Reply {
  visit.request.entry.tell({ outcome: `refused: ${reason}` });
  return reply;
}

export function accepted(visit: Visit, reply: Reply): Reply {
  visit.request.entry.tell({ outcome: "accepted" });
  return reply;
}

/** The style a refusal is told in: the scenario's own, else the broker's. */
export function lookOf(world: KotakNeoWorld, scenario: Scenario | undefined): FailureLook {
  const style = kotakNeoFailureStyles.find((one) => one === scenario?.["failureStyle"]) ?? world.look.style;
  return { style, status: (scenario && numberOf(scenario, "status")) ?? world.look.status };
}
