import type { BrokerAuthEvent } from "@x/core";
import type { CodeWait } from "./code-watch.ts";
import type { WatchedRequest } from "./request-watch.ts";
import type { StrategyReport } from "./strategy.ts";

/** What a process of the strategy is told. */
export type SupervisorOrder =
  /** The first word. Nothing happens before it. */
  | { readonly type: "begin"; readonly state: SupervisorState }
  /** Something changed. The engine is opened anew if `reload`: the configuration is another one. */
  | { readonly type: "change"; readonly state: SupervisorState; readonly reload: boolean };

export interface SupervisorState {
  /** This desk's clock minus the computer's, in milliseconds: 0 but in the sandbox. */
  readonly clockOffsetMs: number;
  /** Accounts that a person has taken out of the strategy's hands. */
  readonly left: readonly string[];
}

/** What a process of the strategy tells. No part of it holds a secret. */
export type SupervisorReport =
  /** Its engine is open on these accounts and aliases. */
  | { readonly type: "ready"; readonly reads: readonly string[]; readonly trades: readonly string[] }
  | { readonly type: "report"; readonly report: StrategyReport }
  | { readonly type: "event"; readonly event: BrokerAuthEvent }
  | { readonly type: "request"; readonly request: WatchedRequest }
  | { readonly type: "wait"; readonly wait: CodeWait }
  /** Its engine could not be opened. */
  | { readonly type: "trouble"; readonly message: string };
