import type { SandboxOptions } from "@x/sandbox";
import type { TestEngineChanges } from "@x/test-environment";

/** The names of those markers that no store may ever hold, sealed or not. */
export const neverKept: RegExp = /mpin|totpSecret|accessToken/;

/** Accounts of which every secret and every identifier is a random value that occurs nowhere else. */
export interface LeakAccounts {
  readonly sandbox: Omit<SandboxOptions, "clock">;
  /** What a user would configure for them. */
  readonly configured: TestEngineChanges;
  /** A Nubra account that logs in by SMS. */
  readonly bySms: TestEngineChanges;
  /** What a program itself puts into the query of its requests. */
  readonly ownQuery: string;
  /** Every value under its name. */
  readonly markers: Readonly<Record<string, string>>;
}

export function leakAccounts(random: () => number): LeakAccounts {
  const text = (alphabet: string, length: number): string =>
    Array.from({ length }, () => alphabet[Math.floor(random() * alphabet.length)]).join("");
  const digits = (length: number): string => text("123456789", length);
  const letters = (length: number): string => text("bcdfghjkmnpqrstvwxz", length);
  const base32 = (): string => text("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567", 32);

  const phone = `9${digits(9)}`;
  const smsPhone = `8${digits(9)}`;
  const mobileNumber = `+917${digits(9)}`;
  const nubra = { phone, mpin: digits(6), totpSecret: base32() };
  const sms = { phone: smsPhone, mpin: digits(6) };
  const email = `${letters(12)}@${letters(12)}.test`;
  const kotakNeo = {
    accessToken: text("ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz23456789", 36),
    mobileNumber,
    ucc: `${letters(2).toUpperCase()}${digits(2)}${letters(1).toUpperCase()}`,
    mpin: digits(6),
    totpSecret: base32(),
  };
  const personal = { pan: `${letters(5).toUpperCase()}${digits(4)}Z`, greetingName: `${letters(9)} ${letters(9)}` };
  const [deviceId, smsDeviceId] = [`device-${letters(16)}`, `device-${letters(16)}`];
  const userId = Number(digits(9));
  const ownQuery = letters(24);
  return {
    ownQuery,
    sandbox: {
      nubra: {
        accounts: [
          { name: "main", email, userId, ...nubra },
          { name: "sms", email: `sms-${letters(14)}@${letters(10)}.test`, userId: userId - 1, ...sms },
        ],
      },
      kotakNeo: { accounts: [{ name: "hedge", ...kotakNeo, ...personal }] },
    },
    configured: { main: { ...nubra, deviceId }, hedge: kotakNeo },
    bySms: { main: { ...sms, totpSecret: undefined, deviceId: smsDeviceId }, hedge: kotakNeo },
    markers: {
      "a program's own query": ownQuery,
      ...labelled("Nubra", { ...nubra, email, userId: String(userId), deviceId: deviceId.slice(7) }),
      ...labelled("Nubra by SMS", { ...sms, deviceId: smsDeviceId.slice(7) }),
      ...labelled("Kotak Neo", { ...kotakNeo, ...personal, mobileNumber: mobileNumber.slice(3) }),
    },
  };
}

function labelled(broker: string, values: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries(values).map(([name, value]) => [`${broker} ${name}`, value]));
}
