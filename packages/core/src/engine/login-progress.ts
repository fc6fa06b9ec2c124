import type { AccountSession } from "./account-session.ts";
import type { BrokerAuthError } from "../errors/broker-auth-error.ts";
import type { Challenge } from "../contract/challenge.ts";
import type { Warning } from "../contract/login-step.ts";

/** Where a person's login stands. */
export type LoginProgress<Tokens = unknown, Broker extends string = string> =
  | {
      readonly kind: "session";
      readonly session: AccountSession<Tokens, Broker>;
      readonly warnings?: readonly Warning[];
    }
  | {
      readonly kind: "challenge";
      readonly challenge: Challenge;
      /**
       * Random text that stands for this pending login: give it back with the answer, once, in this process or in another one on the same
       * store. It says nothing about the account, so a web form may carry it.
       */
      readonly handle: string;
      /** Set when the last answer was refused and the challenge stays open: why. */
      readonly refused?: BrokerAuthError;
    };
