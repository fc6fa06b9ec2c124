import type { ProviderContext } from "./provider-context.ts";
import type { Secret } from "./secret.ts";
import type { Session } from "./session.ts";

/** Setting up unattended logins. Its MPIN and code submissions go through `context.recordAttempt` as every factor does. */
export interface TotpEnrolment<Credentials, Tokens> {
  /** Asks the broker for a new TOTP secret. Each call replaces the last secret: show only the newest one, and never repeat it blindly. */
  generate(session: Session<Tokens>, credentials: Credentials, context: ProviderContext): Promise<TotpSetup>;
  /** Turns TOTP on with a code made from the secret. Keep the secret safe before this call. */
  enable(secret: Secret, session: Session<Tokens>, credentials: Credentials, context: ProviderContext): Promise<void>;
  disable(session: Session<Tokens>, credentials: Credentials, context: ProviderContext): Promise<void>;
}

export interface TotpSetup {
  /** Base32. */
  readonly secret: Secret;
  /** A data URL of a picture of the secret, as the broker draws it. Never printed by the library. */
  readonly qrImage?: Secret | undefined;
}
