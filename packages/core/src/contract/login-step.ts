import type { BrokerAuthError } from "../errors/broker-auth-error.ts";
import type { Challenge } from "./challenge.ts";
import type { PendingLogin } from "./pending-login.ts";
import type { SessionGrant, Renewal } from "./session.ts";

/** Something a trader must see although the login succeeded. */
export interface Warning {
  /** Stable name, such as `password_expired`. */
  readonly code: string;
  /** What it means and what to do; never a secret. */
  readonly message: string;
}

/** Where a login stands after a call: finished, or waiting for a human. A refusal that ends the login is thrown instead. */
export type LoginStep<Tokens> =
  | {
      readonly kind: "session";
      readonly session: SessionGrant<Tokens>;
      readonly renewal?: Renewal | undefined;
      readonly warnings?: readonly Warning[] | undefined;
    }
  | {
      readonly kind: "challenge";
      readonly challenge: Challenge;
      readonly pending: PendingLogin;
      /** Set when an answer was refused and the challenge stays open: why. */
      readonly refused?: BrokerAuthError | undefined;
    };
