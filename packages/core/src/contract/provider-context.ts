import type { Secret } from "./secret.ts";

/** What the engine lends a provider for one operation. Nothing else of the outside world reaches a provider. */
export interface ProviderContext {
  /** A standard fetch. */
  readonly fetch: typeof fetch;
  /** Broker time in epoch milliseconds: the host's clock corrected by the measured offset. */
  now(): number;
  /**
   * Makes sure that broker time is known, as well as it can be: await it before a code is made. It asks the broker where nothing recent is known.
   * @throws BrokerAuthError `broker_unavailable` when no answer came, `clock_skew` when the clocks are too far apart. Nothing was sent then
   */
  knowTime(): Promise<void>;
  /**
   * Waits on the injected clock, with nothing held: the account's lock is given up meanwhile and taken again. Rejects with `aborted` when the
   * signal ends it, and with why the login must not go on where something else came first, such as a session that another program minted.
   * @param reason what listeners are told
   */
  sleep(ms: number, signal?: AbortSignal, reason?: WaitReason): Promise<void>;
  /**
   * Asks a code source of the configuration. Nothing is held while it takes its time, as with `sleep`, and it has 30 s.
   * @throws what the source throws; BrokerAuthError `needs_input` when it does not answer in time
   */
  askSource(source: () => string | Promise<string>): Promise<string>;
  readonly signal?: AbortSignal | undefined;
  /** Whether a person asked for this login and sees what comes of it: such a one is not put off to a better time of day. */
  readonly attended: boolean;
  /** The account's device id: made once, kept through logout, the same for every call. */
  readonly deviceId: Secret;
  /**
   * The newest TOTP time step that a code may not be made for, because a program may have used it for this account; -1 if none. No code of it or of
   * an older one is sent.
   */
  readonly lastTotpStep: number;
  /**
   * Write-ahead for one factor or SMS: await it as the last thing before the request leaves. It rejects when the attempt is not allowed:
   * `login_blocked`, `needs_input` (an SMS with nobody there to read it, a TOTP step that was used), or a store that cannot be written.
   */
  recordAttempt(attempt: Attempt): Promise<void>;
}

/**
 * What a login waits for: the next TOTP time step, midnight at the broker, another login or change of the same account, a code source, or the
 * end of the span that the broker asked for.
 */
export type WaitReason = "totp_step" | "midnight" | "other_login" | "code_source" | "retry_after";

/** A factor, or an SMS, that is about to leave. */
export interface Attempt {
  readonly factor: Factor;
  /** The protocol step that carries it, such as `verifypin`. Two factors of one request name the same one, so that its answer counts for both. */
  readonly step: string;
  /**
   * What a person typed or a code source gave, in the form that `identify` gives for this factor, so that a refused one is known again when it is
   * configured later. Absent when it came from the configured credentials. Only a keyed hash of it is kept.
   */
  readonly answer?: Secret | undefined;
  /** Who gave the answer. A code source of the configuration gives the next one as well, so its refusal blocks. Default `person`. */
  readonly from?: "person" | "source" | undefined;
  /** The time step of a TOTP code: epoch seconds divided by 30, rounded down. */
  readonly totpStep?: number | undefined;
  /**
   * Of the factor `sms`: how many messages this login takes from here on. 0 for a further call whose message was counted with the one before.
   * Default 1. No more than three are sent within ten minutes.
   */
  readonly messages?: number | undefined;
  /** A TOTP code that was made from the configured secret, so that it is known again when a person types it. Only a keyed hash of it is kept. */
  readonly code?: Secret | undefined;
}

/** A credential that a broker counts, and the SMS it is sent by. */
export type Factor = "otp" | "totp" | "mpin" | "sms";
