import type { AccountShape } from "./account-shape.ts";
import { parseBaseUrl } from "./base-url.ts";
import { isObject, wrongArgument } from "../errors/argument.ts";
import { mpinDigits, ungrouped, plainText } from "./plain-text.ts";
import { isSecret, Secret } from "../contract/secret.ts";
import { parseTotpSecret } from "./totp-secret.ts";
import type { TotpSource } from "./totp.ts";

/**
 * The fields of one account as a user wrote them. Spellings are forgiven alike for every broker, and once, here: two spellings of one value become
 * one value, so one identity and one fingerprint. Each function throws BrokerAuthError `configuration` naming the field, never its value.
 */
export interface AccountInput<Environment extends string = string> {
  /** Without quotes and spaces around it; undefined where it was left out and may be. */
  text(field: string): string | undefined;
  /** The ten digits of an Indian mobile number; spaces, dashes and one `+91`, `0091`, `91` or `0` in front are forgiven. */
  mobileNumber(field: string): string;
  /** Four to six digits; spaces and dashes are forgiven. */
  mpin(field: string): Secret | undefined;
  /**
   * A secret that must be there, in the given form once it is brought into its normal one. `expectation` ends the sentence that it "must be"
   * something.
   */
  given(field: string, form: RegExp, expectation: string, normal?: (text: string) => string): Secret;
  /** A secret in the given form, where it may be left out. `expectation` ends the sentence that it "must be" something. */
  secret(field: string, form: RegExp, expectation: string): Secret | undefined;
  /**
   * Where the account is, from the field `environment` and the one that replaces the broker's address, as {@link parseBaseUrl} takes it.
   */
  place(): AccountPlace<Environment>;
  /** From the fields `totpSecret` and `totpCode`. */
  totp(): TotpSource | undefined;
  refuse(field: string, message: string): never;
}

/** Where an account's calls go. */
export interface AccountPlace<Environment extends string> {
  readonly environment: Environment;
  /** An origin, without a slash at its end. */
  readonly baseUrl: string;
  /** Whether the address is another one than the broker's own. */
  readonly isReplaced: boolean;
}

/** What a login asks a person for: what is not configured, in this order. */
export function missingFactors<Kind extends "otp" | "totp" | "mpin">(
  configured: Readonly<Record<Kind, unknown>>,
): Kind[] {
  return (Object.keys(configured) as Kind[]).filter((kind) => configured[kind] === undefined);
}

/** Checks the names of the fields and that none of them is empty. @throws BrokerAuthError `configuration` naming the field, never its value */
export function readAccount<Environment extends string>(
  input: unknown,
  shape: AccountShape<string, Environment>,
): AccountInput<Environment> {
  const { broker, title, baseUrls, addressField, required } = shape;
  const fields = [...Object.keys(shape.fields), ...("totpSecret" in shape.fields ? ["totpCode"] : [])];
  const refuse = (field: string, message: string): never => {
    throw wrongArgument(field, message, broker);
  };
  if (!isObject(input)) return refuse("account", `must be an object with ${inWords(Object.keys(required))}`);
  const account: Readonly<Record<string, unknown>> = { ...input };
  const names = `there are ${fields.join(", ")}`;
  for (const name of Object.keys(account)) {
    if (fields.includes(name)) continue;
    if (isName(name)) refuse(name, `is not a field of a ${title} account; ${names}`);
    refuse("account", `has a field that no ${title} account has; ${names}`);
  }
  // A variable that is not set becomes an empty text in many programs, and a key without a value null: the first mistake of many.
  const empty = (field: string): string => `is empty; give ${required[field] ?? "it, or leave it out"}`;
  const unfilled = Object.keys(account).find((name) => isEmpty(account[name]));
  if (unfilled !== undefined) refuse(unfilled, empty(unfilled));

  const text = (field: string): string | undefined => {
    const value = unwrapped(account[field]);
    if (value === undefined) {
      const wanted = required[field];
      return wanted === undefined ? undefined : refuse(field, `is missing; give ${wanted}`);
    }
    if (typeof value === "string") return plainText(value);
    // A number has lost its leading zeros before it came here.
    return refuse(
      field,
      typeof value === "number" ? "must be text; put digits in quotes, so that no zero is lost" : "must be text",
    );
  };

  return {
    text,
    mobileNumber(field) {
      const digits = /^(?:(?:\+|00)?91|0)?(\d{10})$/.exec(ungrouped(text(field) ?? ""))?.[1];
      return (
        digits ?? refuse(field, "must be ten digits; spaces, dashes, quotes and one leading +91, 91 or 0 are forgiven")
      );
    },
    mpin(field) {
      const given = text(field);
      if (given === undefined) return undefined;
      return new Secret(mpinDigits(given) ?? refuse(field, "must be 4 to 6 digits"));
    },
    given(field, form, expectation, normal = (value) => value) {
      const value = normal(text(field) ?? "");
      if (value === "") refuse(field, empty(field));
      return form.test(value) ? new Secret(value) : refuse(field, `must be ${expectation}`);
    },
    secret(field, form, expectation) {
      const given = text(field);
      if (given === undefined) return undefined;
      return form.test(given) ? new Secret(given) : refuse(field, `must be ${expectation}`);
    },
    place() {
      const environments = Object.keys(baseUrls) as Environment[];
      const named = text("environment")?.toLowerCase();
      const environment =
        environments.find((one) => named === undefined || one === named) ??
        refuse("environment", `must be ${quoted(environments)}`);
      const given = text(addressField);
      const own = baseUrls[environment];
      const baseUrl =
        given === undefined
          ? (own ?? refuse(addressField, "is missing; the sandbox environment needs the sandbox's own address"))
          : parseBaseUrl(given, environment, addressField, broker);
      return { environment, baseUrl, isReplaced: baseUrl !== own };
    },
    totp() {
      const { totpCode } = account;
      if (totpCode !== undefined && typeof totpCode !== "function")
        return refuse("totpCode", "must be a function that gives the current six digits");
      const secret = text("totpSecret");
      if (secret === undefined) return totpCode as TotpSource | undefined;
      if (totpCode !== undefined)
        return refuse("totpCode", "cannot be given together with totpSecret; give one of the two");
      return parseTotpSecret(secret, "totpSecret", broker);
    },
    refuse,
  };
}

// A name that does not look like one, or that looks like a Base32 secret, may be a value in the wrong place.
function isName(name: string): boolean {
  return /^[A-Za-z_]\w{0,31}$/.test(name) && !/^[A-Z2-7]{16,}$/i.test(name);
}

function isEmpty(value: unknown): boolean {
  const plain = unwrapped(value);
  return plain === null || (typeof plain === "string" && plainText(plain) === "");
}

function unwrapped(value: unknown): unknown {
  return isSecret(value) ? value.reveal() : value;
}

function quoted(values: readonly string[]): string {
  const all = values.map((one) => `"${one}"`);
  return `${all.slice(0, -1).join(", ")} or ${all.at(-1) ?? ""}`;
}

function inWords(names: readonly string[]): string {
  const last = names.at(-1) ?? "named fields";
  return names.length < 2 ? last : `${names.slice(0, -1).join(", ")} and ${last}`;
}
