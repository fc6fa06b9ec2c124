import {
  type AccountIdentity,
  type CredentialField,
  isSecret,
  parseBaseUrl,
  parseTotpSecret,
  Secret,
  type TotpSource,
} from "@x/core/adapter";
import { misconfigured } from "./configuration-error.ts";
import type { NubraSettings } from "./options.ts";

/** What a user writes for one Nubra account. Secrets may be plain text or a `Secret`. Unknown fields are refused. */
export interface NubraAccount {
  /** Registered mobile number: ten digits. Spaces and one leading `+91` or `0` are forgiven. */
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
export interface NubraCredentials {
  readonly environment: "production" | "uat" | "sandbox";
  /** Origin of every call. */
  readonly baseUrl: string;
  /** Whether `baseUrl` is the user's own. */
  readonly customBaseUrl: boolean;
  /** Ten digits. */
  readonly phone: Secret;
  readonly mpin: Secret | undefined;
  readonly totp: TotpSource | undefined;
  readonly email: Secret | undefined;
  readonly deviceId: Secret | undefined;
}

// nubra.md section 2. The sandbox has no address of its own.
const baseUrls = { production: "https://api.nubra.io", uat: "https://uatapi.nubra.io", sandbox: undefined } as const;

/** The fields of an account that a configuration file can hold; `totpCode` is a function, so code alone can give it. */
export const fields: Readonly<Record<Exclude<keyof NubraAccount, "totpCode">, CredentialField>> = {
  phone: {
    description: "Registered mobile number: ten digits, as text.",
    secret: true,
    required: true,
    // PHONE_NO and MPIN are the names of Nubra's own SDK.
    env: ["NUBRA_PHONE", "PHONE_NO"],
  },
  mpin: { description: "MPIN: 4 to 6 digits, as text.", secret: true, required: false, env: ["NUBRA_MPIN", "MPIN"] },
  totpSecret: {
    description: "Base32 secret of the TOTP enrolment. With it and the MPIN logins need nobody.",
    secret: true,
    required: false,
    env: ["NUBRA_TOTP_SECRET"],
  },
  email: {
    description: 'E-mail address at Nubra; only with the adapter option totpIdentifier "email".',
    secret: true,
    required: false,
    env: ["NUBRA_EMAIL"],
  },
  environment: {
    description: "Which Nubra: production (default), uat, or sandbox for a loopback baseUrl.",
    secret: false,
    required: false,
    env: ["NUBRA_ENVIRONMENT"],
    values: ["production", "uat", "sandbox"],
  },
  baseUrl: {
    description: "Address in place of the environment's own: https, or http on loopback in the sandbox.",
    secret: false,
    required: false,
    env: false,
  },
  deviceId: {
    description: "A device id of your own, 1 to 128 visible ASCII characters. Default: made once and kept.",
    secret: true,
    required: false,
    env: ["NUBRA_DEVICE_ID"],
  },
};

const fieldNames = new Set([...Object.keys(fields), "totpCode"]);

/** @throws BrokerAuthError `configuration` naming the field, never its value */
export function parseCredentials(input: NubraAccount, settings: NubraSettings): NubraCredentials {
  const given = input as unknown;
  if (typeof given !== "object" || given === null || Array.isArray(given))
    throw misconfigured("account", "must be an object with the field phone");
  const unknown = Object.keys(given).find((name) => !fieldNames.has(name));
  // A name that looks like no name may be a value in the wrong place.
  if (unknown !== undefined) {
    throw misconfigured(
      /^[A-Za-z]\w{0,31}$/.test(unknown) ? unknown : "account",
      `is not a field of a Nubra account; there are ${[...fieldNames].join(", ")}`,
    );
  }
  const account = given as Readonly<Record<string, unknown>>;

  // A variable that is not set becomes an empty text in many programs, so this is the first mistake of many.
  const empty = Object.keys(account).find((name) => isEmpty(account[name]));
  if (empty !== undefined)
    throw misconfigured(empty, `is empty; give it${empty === "phone" ? "" : ", or leave it out"}`);
  const environment = parseEnvironment(account["environment"]);
  const baseUrl = parseAddress(account["baseUrl"], environment);
  const totp = parseTotp(account);
  const email = parseEmail(text(account, "email"), settings, totp !== undefined);
  const deviceId = text(account, "deviceId");
  // nubra.md section 3.
  if (deviceId !== undefined && !/^[\x21-\x7e]{1,128}$/.test(deviceId)) {
    throw misconfigured("deviceId", "must be 1 to 128 visible ASCII characters without spaces");
  }
  return {
    environment,
    baseUrl,
    customBaseUrl: baseUrl !== baseUrls[environment],
    phone: parsePhone(text(account, "phone")),
    mpin: parseMpin(text(account, "mpin")),
    totp,
    email,
    deviceId: deviceId === undefined ? undefined : new Secret(deviceId),
  };
}

/** Who this is at Nubra, and what Nubra judges together. JSON arrays keep the parts apart whatever is in them. */
export function identify(credentials: NubraCredentials): AccountIdentity {
  const { environment, baseUrl, customBaseUrl, phone, mpin, totp, email, deviceId } = credentials;
  return {
    environment,
    identity: JSON.stringify(customBaseUrl ? [phone.reveal(), baseUrl] : [phone.reveal()]),
    deviceId: deviceId?.reveal(),
    factors: {
      ...(isSecret(totp) ? { totp: together(email ?? phone, totp) } : {}),
      ...(mpin === undefined ? {} : { mpin: mpinFactor(credentials, mpin) }),
    },
    asks: [...(totp === undefined ? (["otp"] as const) : []), ...(mpin === undefined ? (["mpin"] as const) : [])],
  };
}

/** What Nubra judges when it judges an MPIN: the same for a configured and for a typed one. */
export function mpinFactor({ phone }: NubraCredentials, mpin: Secret): Secret {
  return together(phone, mpin);
}

function together(...parts: readonly Secret[]): Secret {
  return new Secret(JSON.stringify(parts.map((part) => part.reveal())));
}

/** 4 to 6 digits (nubra.md section 3), spaces around them forgiven; undefined for anything else. */
export function mpinDigits(input: unknown): string | undefined {
  const digits = typeof input === "string" ? input.trim() : "";
  return /^\d{4,6}$/.test(digits) ? digits : undefined;
}

function parsePhone(input: string | undefined): Secret {
  if (input === undefined) throw misconfigured("phone", "is missing; give the mobile number registered at Nubra");
  const digits = input.replaceAll(/\s/g, "").replace(/^(\+91|0)/, "");
  if (!/^\d{10}$/.test(digits))
    throw misconfigured("phone", "must be ten digits; spaces and one leading +91 or 0 are forgiven");
  return new Secret(digits);
}

function parseMpin(input: string | undefined): Secret | undefined {
  if (input === undefined) return undefined;
  const digits = mpinDigits(input);
  if (digits === undefined) throw misconfigured("mpin", "must be 4 to 6 digits");
  return new Secret(digits);
}

function parseTotp(account: Readonly<Record<string, unknown>>): TotpSource | undefined {
  const { totpCode, totpSecret } = account;
  if (totpCode !== undefined && typeof totpCode !== "function")
    throw misconfigured("totpCode", "must be a function that gives the current six digits");
  if (totpSecret === undefined) return totpCode as TotpSource | undefined;
  if (totpCode !== undefined)
    throw misconfigured("totpCode", "cannot be given together with totpSecret; give one of the two");
  return parseTotpSecret(text(account, "totpSecret") ?? "", "totpSecret", "nubra");
}

function parseEmail(input: string | undefined, settings: NubraSettings, totp: boolean): Secret | undefined {
  const email = input?.trim();
  if (settings.totpIdentifier === "phone") {
    if (email === undefined) return undefined;
    throw misconfigured("email", 'is only used with nubra({ totpIdentifier: "email" })');
  }
  if (email === undefined) {
    if (!totp) return undefined;
    throw misconfigured("email", 'is missing; nubra({ totpIdentifier: "email" }) logs in with it');
  }
  if (!/^[^\s@]+@[^\s@]+$/.test(email)) throw misconfigured("email", "must be an e-mail address");
  return new Secret(email);
}

function parseEnvironment(input: unknown): NubraCredentials["environment"] {
  if (input === undefined) return "production";
  if (input === "production" || input === "uat" || input === "sandbox") return input;
  throw misconfigured("environment", 'must be "production", "uat" or "sandbox"');
}

function parseAddress(input: unknown, environment: NubraCredentials["environment"]): string {
  if (input !== undefined) return parseBaseUrl(input, environment, "baseUrl", "nubra");
  const own = baseUrls[environment];
  if (own === undefined)
    throw misconfigured("baseUrl", "is missing; the sandbox environment needs the sandbox's own address");
  return own;
}

function isEmpty(value: unknown): boolean {
  const plain: unknown = isSecret(value) ? value.reveal() : value;
  return typeof plain === "string" && plain.trim() === "";
}

function text(account: Readonly<Record<string, unknown>>, field: string): string | undefined {
  const value = account[field];
  if (value === undefined) return undefined;
  const plain: unknown = isSecret(value) ? value.reveal() : value;
  if (typeof plain === "string") return plain;
  throw misconfigured(field, "must be text; put digits in quotes, so that no zero is lost");
}
