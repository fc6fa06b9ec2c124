import type { AccountStatus, Challenge } from "@x/core";
import type { FailureReport } from "../account-call.ts";
import type { DayMoment } from "../strategy/day-plan.ts";
import type { JobName } from "../strategy/jobs.ts";

// All that the page is ever told. Times are epoch milliseconds by the desk's clock. No field holds a secret or an identity.

/** Which process: this server, or one of the strategy. */
export type Who = "page" | JobName;

export interface DeskView {
  readonly now: number;
  readonly market: Pick<DayMoment, "phase" | "nextAt" | "day">;
  readonly accounts: readonly AccountView[];
  readonly strategy: StrategyView;
  readonly spans: readonly SessionSpan[];
  /** Oldest first. */
  readonly happenings: readonly Happening[];
  readonly configuration: {
    readonly file: string;
    readonly use: readonly { readonly alias: string; readonly account: string }[];
  };
  /** Absent with accounts of the user's. */
  readonly sandbox?: SandboxView | undefined;
}

export interface AccountView
  extends
    Pick<AccountStatus, "broker" | "environment">,
    Partial<Pick<AccountStatus, "expiresAt" | "blockedBy" | "clockOffsetMs">> {
  readonly name: string;
  readonly state: AccountStatus["state"] | "unknown";
  /** Which session is the newest, counted from 1 for people; 0 for none. */
  readonly session: number;
  /** How the newest session came about, and which processes share it. */
  readonly obtained?: Pick<SessionSpan, "by" | "who" | "from" | "sharedWith"> | undefined;
  /** What the last call met, while it was a failure. */
  readonly trouble?: FailureReport | undefined;
  /** A person has logged it out: the strategy leaves it alone. */
  readonly left: boolean;
  /** It logs in without a person. */
  readonly unattended: boolean;
  /** Its session is over by its time, and its broker knows renewals: these ask for less than a login. */
  readonly renewable: boolean;
  /** What its login asks a person for, in order. */
  readonly asks: readonly string[];
  /** A login waits for the next TOTP code until then. */
  readonly waitsUntil?: number | undefined;
  /** What the broker knows of its wrong factors, and how many more it forgives: in the sandbox only, real brokers tell nobody. */
  readonly brokerLock?: { readonly locked: boolean; readonly attemptsLeft: number } | undefined;
  /** Its broker has a TOTP enrolment by API. */
  readonly enrollable: boolean;
  /** Its TOTP secret was enrolled on this page. */
  readonly enrolled: boolean;
}

/** Where a login stands, as the page is told: never the session itself. */
export type LoginStepView =
  | { readonly kind: "session" }
  | {
      readonly kind: "challenge";
      readonly challenge: Challenge;
      /** Stands for the pending login. It says nothing, and is good once. */
      readonly handle: string;
      readonly refused?: FailureView | undefined;
    };

/** Why something was not done. */
export interface FailureView extends FailureReport {
  /** The field of the form that it is about. */
  readonly field?: string | undefined;
  /** The login that was answered takes no further answer. */
  readonly over?: boolean;
}

export interface StrategyView {
  readonly workers: readonly WorkerView[];
  readonly calls: number;
  readonly answers: number;
  /** Calls that ended in an error of the library, by code. */
  readonly named: Readonly<Record<string, number>>;
  /** Calls that ended in something else. */
  readonly unexplained: number;
  readonly orders: number;
}

export interface WorkerView {
  readonly job: JobName;
  /** Undefined while it does not run. */
  readonly pid: number | undefined;
  readonly restarts: number;
  readonly lanes: readonly LaneView[];
  readonly trouble: string | undefined;
}

/** What one process has called under one name. */
export interface LaneView {
  /** As the strategy says it: an account or an alias. */
  readonly name: string;
  readonly account: string;
  readonly broker: string;
  readonly trades: boolean;
  readonly left: boolean;
  /** Whether the account has a session: without one an answer is from before. */
  readonly live: boolean;
  /** The last ones, oldest first. */
  readonly outcomes: readonly OutcomeView[];
  readonly order?: { readonly at: number; readonly fate: string } | undefined;
}

/** One call of the strategy: an answer, or a named error. */
export interface OutcomeView {
  readonly at: number;
  readonly status: number | null;
  readonly code?: string | undefined;
  readonly message?: string | undefined;
}

/** A session's life. */
export interface SessionSpan {
  readonly account: string;
  readonly generation: number;
  /** For people: the first one of the account that was heard of is 1. */
  readonly number: number;
  readonly from: number;
  /** When it ends by itself. */
  readonly expiresAt: number;
  /** When it really ended; undefined while it has not, as far as is known. */
  readonly endedAt?: number;
  readonly by: "login" | "renewal" | "store";
  readonly who: Who;
  readonly sharedWith: readonly Who[];
}

export type HappeningKind =
  | ("session" | "adopted" | "session_ended" | "challenge" | "failed" | "recovered" | "warning" | "unlocked")
  | ("process" | "scenario" | "clock" | "configuration");

export interface Happening {
  readonly id: number;
  readonly at: number;
  readonly account?: string | undefined;
  readonly kind: HappeningKind;
  readonly text: string;
  /** How often in a row. */
  readonly times: number;
}

export interface SandboxView {
  /** This desk's clock minus the brokers'. */
  readonly skewMs: number;
  /** Sessions that the brokers have minted for us since the start, counted in the sandbox's journal, by account. */
  readonly logins: Readonly<Record<string, number>>;
  readonly phones: readonly PhoneView[];
  readonly scenarios: readonly ScenarioView[];
}

/** What stands on the account holder's phone. */
export interface PhoneView {
  readonly account: string;
  readonly messages: readonly { readonly at: number; readonly text: string }[];
}

export interface ScenarioView {
  readonly id: string;
  readonly title: string;
  /** What will happen, in a sentence. */
  readonly does: string;
  /** Whether it is about all accounts at once. */
  readonly everywhere: boolean;
  /** By account: why it cannot be had there. */
  readonly cannot: Readonly<Record<string, string | undefined>>;
  readonly running: boolean;
  /** Set while it lasts: the button that ends it, and the account at which it does. */
  readonly remedy?: string | undefined;
  readonly lastsAt?: string | undefined;
  /** What happened the last time. */
  readonly outcome?: ScenarioOutcome | undefined;
}

export interface ScenarioOutcome {
  readonly told: string;
  readonly endedAt: number;
  /** Logins that the brokers counted meanwhile. */
  readonly logins: Readonly<Record<string, number>>;
  /** By how much the sandbox's clock went on for it, such as `30 s`; undefined where it did not. */
  readonly moved: string | undefined;
}
