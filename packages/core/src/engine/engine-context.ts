import type { BrokerAuthEventFacts } from "./broker-event.ts";
import type { GuardedStore } from "../record/guarded-store.ts";
import type { LoginSlots } from "./login-slots.ts";
import type { Platform } from "./platform.ts";

/** What all accounts of one engine share. */
export interface EngineContext {
  readonly store: GuardedStore;
  readonly platform: Platform;
  readonly slots: LoginSlots;
  /** What this program calls itself. */
  readonly program: string | undefined;
  /** Ends everything under way when the engine is closed. */
  readonly closed: AbortSignal;
  readonly emit: (account: string, broker: string, facts: BrokerAuthEventFacts) => void;
}
