import {
  type AccountIdentity,
  type AccountInput,
  type AccountPlace,
  accountShape,
  combinedSecret,
  type CredentialField,
  missingFactors,
  mobileNumberForm,
  mpinForm,
  readAccount,
  Secret,
  totpFactor,
  totpSecretForm,
  type TotpSource,
} from "@x/core/adapter";
import { baseUrls, names } from "./endpoints.ts";
import type { NubraSettings } from "./options.ts";

/** What a user writes for one Nubra account. Secrets may be plain text or a `Secret`. Unknown fields are refused. */
export interface NubraAccount {
  /** Registered mobile number: ten digits. Spaces, dashes, quotes and one leading `+91`, `91` or `0` are forgiven. */
  readonly phone: string | Secret;
  /** 4 to 6 digits, as text so that zeros stay. Without it every login and renewal asks for it. */
  readonly mpin?: string | Secret | undefined;
  /** The Base32 secret of the TOTP enrolment, or its whole `otpauth://` address. With it (and the MPIN) logins need nobody. */
  readonly totpSecret?: string | Secret | undefined;
  /** Gives the current six digits, in place of `totpSecret`. Called once per login, right before the code is sent. */
  readonly totpCode?: (() => string | Promise<string>) | undefined;
  /** Only with `nubra({ totpIdentifier: "email" })`. */
  readonly email?: string | Secret | undefined;
  /** Default `production`. `uat` is another world: its own accounts, TOTP enrolment and perhaps MPIN. `sandbox` is a loopback `baseUrl`. */
  readonly environment?: "production" | "uat" | "sandbox" | undefined;
  /** Replaces the environment's address; scheme, host and port only. Sessions made with it are not valid elsewhere. */
  readonly baseUrl?: string | undefined;
  /** 1 to 128 visible ASCII characters. Default: made once and kept with the account. A session is bound to it, so never change it. */
  readonly deviceId?: string | Secret | undefined;
}

/** The checked form of {@link NubraAccount}. */
export interface NubraCredentials extends AccountPlace<"production" | "uat" | "sandbox"> {
  /** Ten digits. */
  readonly phone: Secret;
  readonly mpin: Secret | undefined;
  readonly totp: TotpSource | undefined;
  readonly email: Secret | undefined;
  readonly deviceId: Secret | undefined;
}

const shape = accountShape(
  { ...names, baseUrls },
  {
    phone: { ...mobileNumberForm, sdkNames: ["PHONE_NO"] },
    mpin: { ...mpinForm, sdkNames: ["MPIN"] },
    totpSecret: totpSecretForm,
    email: { description: 'E-mail address at Nubra; only with the adapter option totpIdentifier "email".' },
    deviceId: {
      description: "A device id of your own, 1 to 128 visible ASCII characters. Default: made once and kept.",
    },
  },
);

/** The fields of an account that a configuration file can hold; `totpCode` is a function, so code alone can give it. */
export const fields: Readonly<Record<Exclude<keyof NubraAccount, "totpCode">, CredentialField>> = shape.fields;

/** @throws BrokerAuthError `configuration` naming the field, never its value */
export function parseCredentials(input: NubraAccount, settings: NubraSettings): NubraCredentials {
  const account = readAccount(input, shape);
  const totp = account.totp();
  return {
    ...account.place(),
    phone: new Secret(account.mobileNumber("phone")),
    mpin: account.mpin("mpin"),
    totp,
    email: parseEmail(account, settings, totp !== undefined),
    // nubra.md section 3.
    deviceId: account.secret("deviceId", /^[\x21-\x7e]{1,128}$/, "1 to 128 visible ASCII characters without spaces"),
  };
}

/** Who this is at Nubra, and what Nubra judges together. JSON arrays keep the parts apart whatever is in them. */
export function identify(credentials: NubraCredentials): AccountIdentity {
  const { environment, baseUrl, isReplaced, phone, mpin, totp, email, deviceId } = credentials;
  return {
    environment,
    identity: JSON.stringify([phone.reveal(), ...(isReplaced ? [baseUrl] : [])]),
    deviceId: deviceId?.reveal(),
    factors: {
      totp: totpFactor(totp, email ?? phone),
      mpin: mpin && mpinFactor(credentials, mpin),
    },
    asks: missingFactors({ otp: totp, mpin }),
  };
}

/** What Nubra judges when it judges an MPIN: the same for a configured and for a typed one. */
export function mpinFactor({ phone }: NubraCredentials, mpin: Secret): Secret {
  return combinedSecret(phone, mpin);
}

function parseEmail(account: AccountInput, settings: NubraSettings, totp: boolean): Secret | undefined {
  const email = account.secret("email", /^[^\s@]+@[^\s@]+$/, "an e-mail address");
  if (settings.totpIdentifier === "phone" && email !== undefined)
    return account.refuse("email", 'is only used with nubra({ totpIdentifier: "email" })');
  if (settings.totpIdentifier === "email" && email === undefined && totp)
    return account.refuse("email", 'is missing; nubra({ totpIdentifier: "email" }) logs in with it');
  return email;
}
