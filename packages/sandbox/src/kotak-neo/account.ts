import { SandboxError } from "../sandbox-error.ts";

/** A customer of the sandbox broker. Every value is invented; nothing here may be a real one. */
export interface KotakNeoSandboxAccount {
  /** What the sandbox calls it; never on the wire. */
  readonly name: string;
  /** The dashboard's access token, shaped like a UUID. */
  readonly accessToken: string;
  /** `+91` and ten digits. */
  readonly mobileNumber: string;
  /** Five letters and digits. */
  readonly ucc: string;
  /** Four to six digits. */
  readonly mpin: string;
  /** Base32, of 16 bytes and more. */
  readonly totpSecret: string;
  /** Shows in `kId` and in the tokens. Default "ABCDE1234F". */
  readonly pan?: string | undefined;
  /** Default "TEST USER". */
  readonly greetingName?: string | undefined;
  /** From where orders are taken (reference section 9, gotchas 9 and 10). Default: only `DEFAULT_CALLER_ADDRESS`. */
  readonly listedAddresses?: readonly string[] | undefined;
}

/** An account as a user would configure it, to go into the `accounts` of `createBrokerAuth`. */
export interface KotakNeoAccountInput {
  readonly broker: "kotak-neo";
  readonly environment: "sandbox";
  readonly loginBaseUrl: string;
  readonly accessToken: string;
  readonly mobileNumber: string;
  readonly ucc: string;
  readonly mpin: string;
  readonly totpSecret: string;
}

export function accountInput(account: KotakNeoSandboxAccount, loginBaseUrl: string): KotakNeoAccountInput {
  const { accessToken, mobileNumber, ucc, mpin, totpSecret } = account;
  const credentials = { accessToken, mobileNumber, ucc, mpin, totpSecret };
  return { broker: "kotak-neo", environment: "sandbox", loginBaseUrl, ...credentials };
}

export const demoKotakNeoAccounts: readonly KotakNeoSandboxAccount[] = [
  {
    name: "hedge",
    accessToken: "5a4db0c5-0000-4000-8000-000000000001",
    mobileNumber: "+919000000001",
    ucc: "XY42Z",
    mpin: "246810",
    totpSecret: "KNEOSANDBOXACCOUNTHEDGESECRET234",
  },
  {
    name: "spare",
    accessToken: "5a4db0c5-0000-4000-8000-000000000002",
    mobileNumber: "+919000000002",
    ucc: "AB71C",
    mpin: "135790",
    totpSecret: "KNEOSANDBOXACCOUNTSPARESECRET234",
  },
];

/** @throws SandboxError bad_option for values no such account can have, or that two accounts share: the broker tells them apart by these. */
export function checkKotakNeoAccounts(accounts: readonly KotakNeoSandboxAccount[]): void {
  for (const account of accounts) {
    check(account, "mobileNumber", /^\+91\d{10}$/, "+91 and ten digits");
    check(account, "ucc", /^[A-Z0-9]{5}$/, "five capital letters and digits");
    check(account, "mpin", /^\d{4,6}$/, "four to six digits");
    check(account, "totpSecret", /^[A-Z2-7]{26,}$/, "base32 of 16 bytes and more");
    check(account, "accessToken", /^\S+$/, "a text without spaces");
  }
  for (const field of ["name", "accessToken", "mobileNumber", "ucc"] as const) {
    if (new Set(accounts.map((account) => account[field])).size < accounts.length) {
      throw new SandboxError("bad_option", `Two Kotak Neo accounts have the same ${field}; give each its own.`);
    }
  }
}

type Checked = "accessToken" | "mobileNumber" | "ucc" | "mpin" | "totpSecret";

function check(account: KotakNeoSandboxAccount, field: Checked, form: RegExp, rule: string): void {
  if (form.test(account[field])) return;
  throw new SandboxError("bad_option", `The ${field} of Kotak Neo account "${account.name}" must be ${rule}.`);
}
