import {
  type AccountIdentity,
  type AccountPlace,
  accountShape,
  combinedSecret,
  type CredentialField,
  missingFactors,
  mobileNumberForm,
  mpinForm,
  parseBaseUrl,
  plainText,
  readAccount,
  Secret,
  totpFactor,
  totpSecretForm,
  type TotpSource,
} from "@x/core/adapter";
import { baseUrls, names } from "./endpoints.ts";
import type { KotakNeoSettings } from "./options.ts";

/** What a user writes for a Kotak Neo account. */
export interface KotakNeoAccount {
  /** The access token of the Neo dashboard, without `Bearer`. It stays valid until it is reset there. */
  readonly accessToken: string | Secret;
  /** The registered mobile number: ten digits. Spaces, dashes, quotes and one leading `+91`, `91` or `0` are forgiven. */
  readonly mobileNumber: string | Secret;
  /** The unique client code, five letters and digits such as `XY42Z`; not the numeric client id. */
  readonly ucc: string | Secret;
  /** The MPIN, four to six digits. Without it a login asks for it. */
  readonly mpin?: string | Secret | undefined;
  /** The Base32 secret from the TOTP registration. Without it and without `totpCode` a login asks for a code. */
  readonly totpSecret?: string | Secret | undefined;
  /** In place of `totpSecret`: gives the six digits that are valid now. Called once per login. */
  readonly totpCode?: (() => string | Promise<string>) | undefined;
  /** Default `production`. `sandbox` means a loopback address in `loginBaseUrl`; the broker has no public test environment. */
  readonly environment?: "production" | "sandbox" | undefined;
  /** Login host (scheme, host, port) in place of the broker's. Needed for `sandbox`. */
  readonly loginBaseUrl?: string | undefined;
}

/** The checked and normalised form of {@link KotakNeoAccount}. */
export interface KotakNeoCredentials extends AccountPlace<"production" | "sandbox"> {
  readonly accessToken: Secret;
  /** `+91` and ten digits. */
  readonly mobileNumber: Secret;
  /** Upper case. */
  readonly ucc: Secret;
  readonly mpin: Secret | undefined;
  readonly totp: TotpSource | undefined;
}

const shape = accountShape(
  { ...names, baseUrls, addressField: "loginBaseUrl" },
  {
    accessToken: {
      description: "Access token of the Neo dashboard, without Bearer.",
      required: true,
    },
    mobileNumber: mobileNumberForm,
    ucc: {
      description: "Unique client code, five letters and digits such as XY42Z; not the numeric client id.",
      required: true,
    },
    mpin: mpinForm,
    totpSecret: totpSecretForm,
  },
);

/** The fields of an account that a configuration file can hold; `totpCode` is a function, so code alone can give it. */
export const fields: Readonly<Record<Exclude<keyof KotakNeoAccount, "totpCode">, CredentialField>> = shape.fields;

/**
 * Checks an account and brings every value into the form of the wire, once: several spellings are never tried (kotak-neo.md section 3).
 * @throws BrokerAuthError `configuration` naming the field, never its value
 */
export function parseCredentials(input: unknown, settings: KotakNeoSettings): KotakNeoCredentials {
  const account = readAccount(input, shape);
  const place = account.place();
  // An https address would take a sandbox session out of loopback, and the other way round.
  if (settings.tradingBaseUrl !== undefined)
    parseBaseUrl(settings.tradingBaseUrl, place.environment, "tradingBaseUrl", names.broker);
  return {
    ...place,
    // The dashboard shows the bare token; `Bearer` comes along from examples of older interfaces (kotak-neo.md section 10, row 9).
    accessToken: account.given("accessToken", /^[\x21-\x7e]+$/, "one word of visible characters", (text) =>
      plainText(text.replace(/^bearer(?:\s+|$)/i, "")),
    ),
    mobileNumber: new Secret(`+91${account.mobileNumber("mobileNumber")}`),
    ucc: account.given(
      "ucc",
      /^(?!\d+$)[A-Z0-9]{1,20}$/,
      "letters and digits, such as XY42Z; a number alone looks like the client id",
      (text) => text.toUpperCase(),
    ),
    mpin: account.mpin("mpin"),
    totp: account.totp(),
  };
}

/** Who this is at the broker, and what the broker judges together (kotak-neo.md section 8.2: wrong number, code and TOTP look alike). */
export function identify(credentials: KotakNeoCredentials): AccountIdentity {
  const { accessToken, mobileNumber, ucc, mpin, totp, environment, baseUrl, isReplaced } = credentials;
  return {
    environment,
    identity: isReplaced ? `${ucc.reveal()} ${baseUrl}` : ucc.reveal(),
    factors: {
      totp: totpFactor(totp, mobileNumber, ucc, accessToken),
      mpin: mpin && mpinFactor(credentials, mpin),
    },
    asks: missingFactors({ totp, mpin }),
  };
}

/** The MPIN with the client code it belongs to: one form for a configured and a typed one, so that a refused MPIN is known again. */
export function mpinFactor({ ucc }: KotakNeoCredentials, mpin: Secret): Secret {
  return combinedSecret(ucc, mpin);
}
