import type { BrokerAuthErrorCode } from "../errors/error-codes.ts";
import type { WaitReason } from "../contract/provider-context.ts";

/** What happened to an account, told after it was settled. Holds no secret and no identity by its type. */
export type BrokerAuthEvent = BrokerAuthEventFacts & {
  /** Epoch milliseconds by the engine's clock. */
  readonly at: number;
  /** Name in the configuration. */
  readonly account: string;
  readonly broker: string;
};

export type BrokerAuthEventFacts =
  | {
      /** A session is at hand: minted by us, or found in the store. */
      readonly type: "session";
      readonly obtainedBy: "login" | "renewal" | "store";
      readonly generation: number;
      readonly expiresAt: number;
    }
  | { readonly type: "session_ended"; readonly generation: number; readonly reason: "refused" | "logout" }
  /** A login or renewal begins: from here on factors may be sent. */
  | { readonly type: "login_started"; readonly by: "login" | "renewal" }
  /** It waits; nobody is held up by it. `until` is in epoch milliseconds by the engine's clock, absent where nobody knows. */
  | { readonly type: "waiting"; readonly for: WaitReason; readonly until: number | undefined }
  | { readonly type: "challenge"; readonly challenge: "otp" | "totp" | "mpin" | "redirect" }
  | { readonly type: "failed"; readonly code: BrokerAuthErrorCode; readonly message: string }
  | { readonly type: "unlocked" }
  | { readonly type: "warning"; readonly code: string; readonly message: string };

export type BrokerAuthListener = (event: BrokerAuthEvent) => void;
