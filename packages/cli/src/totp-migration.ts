import { BrokerAuthError } from "@x/core";

/** One entry of an export of Google Authenticator, as an `otpauth://` address. */
export interface ExportedSecret {
  /** Issuer and name, for a person who chooses. */
  readonly title: string;
  readonly address: string;
}

// The export's own numbers (https://github.com/google/google-authenticator-android, MigrationPayload): not the digits themselves.
const digits = [undefined, 6, 8] as const;
const algorithms = [undefined, "SHA1", "SHA256", "SHA512", "MD5"] as const;
const types = [undefined, "hotp", "totp"] as const;

/** Reads an `otpauth-migration://` address. @throws BrokerAuthError `configuration` for what is none, and never its content */
export function exportedSecrets(text: string): readonly ExportedSecret[] {
  const data = /^otpauth-migration:\/\/offline\/?\?(?:[^#]*&)?data=([^&#]+)/i.exec(text.trim())?.[1];
  if (data === undefined) throw unreadable();
  const payload = Buffer.from(percentDecoded(data), "base64");
  return [...fieldsOf(payload)].flatMap(({ field, bytes }) =>
    field === 1 && bytes !== undefined ? [entryOf(bytes)] : [],
  );
}

function entryOf(payload: Buffer): ExportedSecret {
  const entry = { secret: Buffer.alloc(0), name: "", issuer: "", algorithm: 0, digits: 0, type: 0 };
  for (const { field, bytes, number } of fieldsOf(payload)) {
    if (field === 1 && bytes !== undefined) entry.secret = Buffer.from(bytes);
    if (field === 2 && bytes !== undefined) entry.name = bytes.toString("utf8");
    if (field === 3 && bytes !== undefined) entry.issuer = bytes.toString("utf8");
    if (field === 4 && number !== undefined) entry.algorithm = number;
    if (field === 5 && number !== undefined) entry.digits = number;
    if (field === 6 && number !== undefined) entry.type = number;
  }
  // What is not said, or said as "unspecified", is the ordinary profile; what is not known is passed on as it is, and refused.
  const query = new URLSearchParams({
    secret: base32(entry.secret),
    digits: String(digits[entry.digits] ?? (entry.digits === 0 ? 6 : `unknown`)),
    algorithm: algorithms[entry.algorithm] ?? (entry.algorithm === 0 ? "SHA1" : "unknown"),
  });
  return {
    title: [entry.issuer, entry.name].filter((part) => part !== "").join(", ") || "without a name",
    address: `otpauth://${types[entry.type] ?? (entry.type === 0 ? "totp" : "unknown")}/x?${String(query)}`,
  };
}

interface Field {
  readonly field: number;
  readonly bytes?: Buffer;
  readonly number?: number;
}

// Protocol buffers: a key of field number and kind, then a number of variable length, or a length and so many bytes.
function* fieldsOf(payload: Buffer): Generator<Field> {
  let at = 0;
  const varint = (): number => {
    let value = 0;
    for (let shift = 1; ; shift *= 128) {
      const byte = payload[at++];
      if (byte === undefined || shift > 2 ** 49) throw unreadable();
      value += (byte & 127) * shift;
      if (byte < 128) return value;
    }
  };
  while (at < payload.byteLength) {
    const key = varint();
    const field = Math.floor(key / 8);
    if (key % 8 === 0) yield { field, number: varint() };
    else if (key % 8 === 2) {
      const length = varint();
      if (at + length > payload.byteLength) throw unreadable();
      yield { field, bytes: payload.subarray(at, (at += length)) };
    } else throw unreadable();
  }
}

function base32(bytes: Buffer): string {
  const bits = Array.from(bytes, (byte) => byte.toString(2).padStart(8, "0")).join("");
  const groups = bits.match(/.{1,5}/g) ?? [];
  return groups.map((group) => "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"[Number.parseInt(group.padEnd(5, "0"), 2)]).join("");
}

function percentDecoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    throw unreadable();
  }
}

function unreadable(): BrokerAuthError {
  return new BrokerAuthError(
    "configuration",
    "totpSecret: this is no export of Google Authenticator, or not the whole of it",
    { field: "totpSecret" },
  );
}
