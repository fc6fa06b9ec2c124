import { BrokerAuthError } from "./broker-auth-error.ts";
import { Secret } from "./secret.ts";

/**
 * Checks a TOTP secret as people copy it: Base32 with spaces, dashes, padding or in lower case, or a whole `otpauth://` address.
 * @throws BrokerAuthError `configuration` naming the field when it is malformed or shorter than 80 bits
 */
export function parseTotpSecret(input: string | Secret, field: string, broker: string): Secret {
  const fail = (message: string): never => {
    throw new BrokerAuthError("configuration", `${field}: ${message}`, { field, broker });
  };
  const given = typeof input === "string" ? input : input.reveal();
  const address =
    given.trim().startsWith("otpauth://") && URL.canParse(given.trim()) ? new URL(given.trim()) : undefined;
  if (address !== undefined && !isCommonProfile(address))
    return fail("is for other codes than this broker's: six digits, every 30 seconds, by SHA-1");
  const text = address === undefined ? given : (address.searchParams.get("secret") ?? "");
  const secret = text.replaceAll(/[\s-]/g, "").replace(/=+$/, "").toUpperCase();
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

function isCommonProfile({ host, searchParams: given }: URL): boolean {
  const is = (name: string, value: string): boolean => (given.get(name) ?? value).toUpperCase() === value;
  return host.toLowerCase() === "totp" && is("digits", "6") && is("period", "30") && is("algorithm", "SHA1");
}

// The last character may carry bits that belong to no byte. Authenticators drop them, and two spellings of one secret are one secret: refused
// once, refused both.
function withoutSpareBits(secret: string): string {
  const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
  const spareBits = (secret.length * 5) % 8;
  const last = alphabet.indexOf(secret.at(-1) ?? "");
  return secret.slice(0, -1) + alphabet.charAt((last >> spareBits) << spareBits);
}

/**
 * Checks a code that a person or a code source gave: six digits, spaces between them forgiven.
 * @throws BrokerAuthError `configuration`
 */
export function parseTotpCode(input: unknown): string {
  const code = typeof input === "string" ? input.replaceAll(/\s/g, "") : "";
  if (!/^\d{6}$/.test(code))
    throw new BrokerAuthError("configuration", "totp: the code must be six digits, given as a string", {
      field: "totp",
    });
  return code;
}
