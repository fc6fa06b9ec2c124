import {
  type AccountIdentity,
  BrokerAuthError,
  type CredentialField,
  isSecret,
  parseBaseUrl,
  parseTotpSecret,
  Secret,
  type TotpSource,
} from "@x/core/adapter";
import { brokerId, loginOrigin } from "./endpoints.ts";
import type { KotakNeoSettings } from "./options.ts";

/** What a user writes for a Kotak Neo account. */
export interface KotakNeoAccount {
  /** The access token of the Neo dashboard, without `Bearer`. It stays valid until it is reset there. */
  readonly accessToken: string | Secret;
  /** The registered mobile number: ten digits, with or without `+91`. */
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
export interface KotakNeoCredentials {
  readonly accessToken: Secret;
  /** `+91` and ten digits. */
  readonly mobileNumber: Secret;
  /** Upper case. */
  readonly ucc: Secret;
  readonly mpin: Secret | undefined;
  readonly totp: TotpSource | undefined;
  readonly environment: "production" | "sandbox";
  /** An origin, without a slash at its end. */
  readonly loginBaseUrl: string;
}

/** The fields of an account that a file or the environment can hold; `totpCode` is a function and has no place there. */
export const fields: Readonly<Record<Exclude<keyof KotakNeoAccount, "totpCode">, CredentialField>> = {
  accessToken: {
    description: "Access token from the Neo dashboard, without Bearer",
    secret: true,
    required: true,
    env: ["KOTAK_NEO_ACCESS_TOKEN"],
  },
  mobileNumber: {
    description: "Registered mobile number: ten digits, with or without +91",
    secret: true,
    required: true,
    env: ["KOTAK_NEO_MOBILE_NUMBER"],
  },
  ucc: {
    description: "Unique client code, five letters and digits such as XY42Z; not the numeric client id",
    secret: true,
    required: true,
    env: ["KOTAK_NEO_UCC"],
  },
  mpin: {
    description: "MPIN, four to six digits, as a text; without it a login asks for it",
    secret: true,
    required: false,
    env: ["KOTAK_NEO_MPIN"],
  },
  totpSecret: {
    description: "Base32 secret from the TOTP registration; without it a login asks for a code",
    secret: true,
    required: false,
    env: ["KOTAK_NEO_TOTP_SECRET"],
  },
  environment: {
    description: "production, or sandbox for a loopback loginBaseUrl",
    secret: false,
    required: false,
    env: ["KOTAK_NEO_ENVIRONMENT"],
    values: ["production", "sandbox"],
  },
  loginBaseUrl: {
    description: "Login host (scheme, host, port) in place of the broker's; needed for sandbox",
    secret: false,
    required: false,
    env: false,
  },
};

/**
 * Checks an account and brings every value into the form of the wire, once: several spellings are never tried (kotak-neo.md section 3).
 * @throws BrokerAuthError `configuration` naming the field, never its value
 */
export function parseCredentials(input: unknown, settings: KotakNeoSettings): KotakNeoCredentials {
  if (typeof input !== "object" || input === null || Array.isArray(input)) {
    return refuse("account", "must be an object with accessToken, mobileNumber and ucc");
  }
  const account: Readonly<Record<string, unknown>> = { ...input };
  for (const name of Object.keys(account)) {
    if (!Object.hasOwn(fields, name) && name !== "totpCode") {
      refuse(
        name,
        `is not a field of a Kotak Neo account; there are ${[...Object.keys(fields), "totpCode"].join(", ")}`,
      );
    }
  }
  const environment = parseEnvironment(account["environment"]);
  const credentials = {
    accessToken: parseAccessToken(account["accessToken"]),
    mobileNumber: parseMobileNumber(account["mobileNumber"]),
    ucc: parseUcc(account["ucc"]),
    mpin: account["mpin"] === undefined ? undefined : parseMpin(account["mpin"]),
    totp: parseTotpSource(account["totpSecret"], account["totpCode"]),
    environment,
    loginBaseUrl: parseLoginBaseUrl(account["loginBaseUrl"], environment),
  };
  // An https address would take a sandbox session out of loopback, and the other way round.
  if (settings.tradingBaseUrl !== undefined) {
    parseBaseUrl(settings.tradingBaseUrl, environment, "tradingBaseUrl", brokerId);
  }
  return credentials;
}

/**
 * Four to six digits: the documents say six, one guide and one client show four (kotak-neo.md section 3, grade D).
 * @throws BrokerAuthError `configuration`
 */
export function parseMpin(input: unknown): Secret {
  const mpin = clean("mpin", input);
  if (!/^\d{4,6}$/.test(mpin)) return refuse("mpin", "must be four to six digits");
  return new Secret(mpin);
}

/** The MPIN with the client code it belongs to: one form for a configured and a typed one, so that a refused MPIN is known again. */
export function mpinFactor(credentials: KotakNeoCredentials, mpin: Secret): Secret {
  return factor([credentials.ucc, mpin]);
}

/** Who this is at the broker, and what the broker judges together (kotak-neo.md section 8.2: wrong number, code and TOTP look alike). */
export function identify(credentials: KotakNeoCredentials): AccountIdentity {
  const { accessToken, mobileNumber, ucc, mpin, totp, environment, loginBaseUrl } = credentials;
  return {
    environment,
    identity: loginBaseUrl === loginOrigin ? ucc.reveal() : `${ucc.reveal()} ${loginBaseUrl}`,
    factors: {
      ...(isSecret(totp) ? { totp: factor([mobileNumber, ucc, accessToken, totp]) } : {}),
      ...(mpin === undefined ? {} : { mpin: mpinFactor(credentials, mpin) }),
    },
    asks: [...(totp === undefined ? (["totp"] as const) : []), ...(mpin === undefined ? (["mpin"] as const) : [])],
  };
}

function parseAccessToken(input: unknown): Secret {
  // The dashboard shows the bare token; `Bearer` comes along from examples of older interfaces (kotak-neo.md section 10, row 9).
  const token = clean("accessToken", input).replace(/^bearer(?:\s+|$)/i, "");
  if (token === "") return refuse("accessToken", `is empty; ${whenEmpty.accessToken}`);
  if (!/^[\x21-\x7e]+$/.test(token)) {
    return refuse("accessToken", "must be one word of visible characters, without spaces and line breaks");
  }
  return new Secret(token);
}

function parseMobileNumber(input: unknown): Secret {
  const digits = /^(?:\+?91)?(\d{10})$/.exec(clean("mobileNumber", input).replaceAll(/[\s-]/g, ""))?.[1];
  if (digits === undefined) return refuse("mobileNumber", "must be ten digits, with or without +91");
  return new Secret(`+91${digits}`);
}

function parseUcc(input: unknown): Secret {
  const ucc = clean("ucc", input).toUpperCase();
  if (/^\d+$/.test(ucc)) {
    return refuse(
      "ucc",
      "is a number, which looks like the client id; give the unique client code from the Neo profile, such as XY42Z",
    );
  }
  if (!/^[A-Z0-9]{1,20}$/.test(ucc)) return refuse("ucc", "must be letters and digits only, such as XY42Z");
  return new Secret(ucc);
}

function parseTotpSource(totpSecret: unknown, totpCode: unknown): TotpSource | undefined {
  if (totpCode !== undefined && typeof totpCode !== "function") {
    return refuse("totpCode", "must be a function that gives the current six digits");
  }
  if (totpSecret !== undefined && totpCode !== undefined)
    return refuse("totpCode", "and totpSecret are both given; give one of them");
  if (totpSecret !== undefined) return parseTotpSecret(clean("totpSecret", totpSecret), "totpSecret", brokerId);
  return totpCode as TotpSource | undefined;
}

function parseEnvironment(input: unknown): "production" | "sandbox" {
  const environment = input === undefined ? "production" : input;
  if (environment === "") return refuse("environment", "is empty; leave it out for production");
  if (environment === "production" || environment === "sandbox") return environment;
  return refuse("environment", 'must be "production" or "sandbox"; Kotak Neo has no public test environment');
}

function parseLoginBaseUrl(input: unknown, environment: "production" | "sandbox"): string {
  if (input === "") return refuse("loginBaseUrl", "is empty; leave it out for the broker's own");
  if (input !== undefined) return parseBaseUrl(input, environment, "loginBaseUrl", brokerId);
  if (environment === "production") return loginOrigin;
  return refuse(
    "loginBaseUrl",
    "is needed in the sandbox environment: the sandbox's login address, such as http://127.0.0.1:8081",
  );
}

// Surrounding white space and quotes come from copying out of .env files and shells; nothing within a value is touched.
function clean(field: keyof typeof whenEmpty, input: unknown): string {
  const value = isSecret(input) ? input.reveal() : input;
  if (value === undefined) return refuse(field, "is missing");
  // A number has lost its leading zeros before it came here.
  if (typeof value !== "string") return refuse(field, "must be text; put digits in quotes, so that no zero is lost");
  const text = value.trim();
  const quoted = /^(["'])(.*)\1$/s.exec(text)?.[2];
  const plain = (quoted ?? text).trim();
  return plain === "" ? refuse(field, `is empty; ${whenEmpty[field]}`) : plain;
}

// A variable that is not set becomes an empty text in many programs, so this is the first mistake of many.
const whenEmpty = {
  accessToken: "copy the access token from the Neo dashboard",
  mobileNumber: "give the registered mobile number",
  ucc: "give the unique client code from the Neo profile, such as XY42Z",
  mpin: "give the MPIN, or leave it out to be asked",
  totpSecret: "give the Base32 secret of the TOTP registration, or leave it out to be asked for codes",
} as const;

// JSON keeps the parts apart: ["12","3"] and ["1","23"] must not become one credential.
function factor(parts: readonly Secret[]): Secret {
  return new Secret(JSON.stringify(parts.map((part) => part.reveal())));
}

// A field name comes from the user's file: one that does not look like a name may be a misplaced value.
function refuse(name: string, message: string): never {
  const field = /^[A-Za-z_]\w{0,39}$/.test(name) ? name : "account";
  throw new BrokerAuthError(
    "configuration",
    `${field}: ${field === name ? message : "has a field that no Kotak Neo account has"}`,
    {
      field,
      broker: brokerId,
    },
  );
}
