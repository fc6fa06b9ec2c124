import { wrongArgument } from "../errors/argument.ts";
import { ungrouped, plainText } from "./plain-text.ts";
import { Secret } from "../contract/secret.ts";

/**
 * Checks a TOTP secret as people copy it: Base32 with spaces, dashes, padding, quotes or in lower case, or a whole `otpauth://` address as
 * authenticator apps export it.
 * @throws BrokerAuthError `configuration` naming the field when it is malformed, shorter than 80 bits or for codes of another kind
 */
export function parseTotpSecret(input: string | Secret, field: string, broker: string): Secret {
  const fail = (message: string): never => {
    throw wrongArgument(field, message, broker);
  };
  const given = plainText(typeof input === "string" ? input : input.reveal());
  if (/^otpauth-migration:/i.test(given)) return fail(migration);
  const address = /^otpauth:\/\//i.test(given) ? readAddress(given) : undefined;
  const otherwise = address?.otherwise;
  if (otherwise !== undefined) return fail(`is for other codes than this broker's: ${otherwise}`);
  const text = address === undefined ? given : address.secret;
  const secret = ungrouped(text).replace(/=+$/, "").toUpperCase();
  if (secret === "") return fail("is empty; give the Base32 secret that the broker showed at TOTP enrolment");
  if (!/^[A-Z2-7]+$/.test(secret))
    return fail("is not Base32: only the letters A to Z and the digits 2 to 7 may occur");
  if (secret.length < 16)
    return fail("is too short: a TOTP secret has at least 16 Base32 characters; a six-digit code is not the secret");
  if (![0, 2, 4, 5, 7].includes(secret.length % 8))
    return fail("is incomplete: this number of Base32 characters cannot occur");
  if (secret.length > 103)
    return fail("is too long: a TOTP secret has at most 64 bytes, which are 103 Base32 characters");
  return new Secret(withoutSpareBits(secret));
}

/** Whether a text is such a secret already, in the one form that {@link parseTotpSecret} gives. */
export function isPlainTotpSecret(text: string): boolean {
  try {
    return /^[A-Z2-7]+$/.test(text) && parseTotpSecret(text, "secret", "").reveal() !== "";
  } catch {
    return false;
  }
}

const migration =
  "is an export of Google Authenticator with all its accounts; give the Base32 secret of this one, or enrol TOTP anew at the broker";

interface SecretAddress {
  readonly secret: string;
  /** Why its codes are not those of the brokers; undefined for the common profile. */
  readonly otherwise: string | undefined;
}

/**
 * An `otpauth://` address as apps write it, and as it looks after it went through a web page: names and values in any case, `&amp;`, and the
 * common profile (six digits, 30 s, SHA-1) spelt out, spelt oddly or left empty.
 */
function readAddress(text: string): SecretAddress {
  const [, type = "", query = ""] = /^otpauth:\/\/([^/?#]*)[^?#]*\??([^#]*)/i.exec(text) ?? [];
  const given = new Map(
    Array.from(new URLSearchParams(query.replaceAll(/&amp;/gi, "&")), ([name, value]) => [
      name.trim().toLowerCase(),
      plainText(value),
    ]),
  );
  const is = (name: string, form: RegExp): boolean => form.test(given.get(name) ?? "");
  const profile: readonly (readonly [fits: boolean, difference: string])[] = [
    [type.toLowerCase() === "totp", "they follow a counter (HOTP), the broker's follow the clock"],
    [is("digits", /^(0*6)?$/), "the broker's have six digits"],
    [is("period", /^(0*30(\.0+)?\s*(s|sec|seconds)?)?$/i), "the broker's change every 30 seconds"],
    [is("algorithm", /^((hmac)?[-_ ]?sha[-_ ]?1)?$/i), "the broker's are made by SHA-1"],
  ];
  const otherwise = profile.find(([fits]) => !fits)?.[1];
  return { secret: given.get("secret") ?? "", otherwise };
}

// The last character may carry bits that belong to no byte. Authenticators drop them, and two spellings of one secret are one secret: refused
// once, refused both.
function withoutSpareBits(secret: string): string {
  const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
  const spareBits = (secret.length * 5) % 8;
  const last = alphabet.indexOf(secret.at(-1) ?? "");
  return secret.slice(0, -1) + alphabet.charAt((last >> spareBits) << spareBits);
}
