import { SandboxError } from "../sandbox-error.ts";

/** An account at the Nubra sandbox. Only invented values belong here. */
export interface NubraSandboxAccount {
  /** What scenarios, controls and the journal call it. */
  readonly name: string;
  /** Ten digits. */
  readonly phone: string;
  readonly email: string;
  /** Four to six digits. */
  readonly mpin: string;
  /** Base32, at least 26 characters. Absent: TOTP is not enrolled and logins go by SMS. */
  readonly totpSecret?: string | undefined;
  readonly userId: number;
  /** Primary and secondary address for trading. Default: the sandbox's caller address; an empty list is "none registered". */
  readonly registeredIps?: readonly string[] | undefined;
}

/** An account as a user would configure it, to go into the `accounts` of `createBrokerAuth`. */
export interface NubraAccountInput {
  readonly broker: "nubra";
  readonly environment: "sandbox";
  readonly baseUrl: string;
  readonly phone: string;
  readonly mpin: string;
  readonly totpSecret?: string;
}

export function accountInput({ phone, mpin, totpSecret }: NubraSandboxAccount, baseUrl: string): NubraAccountInput {
  const factors = totpSecret === undefined ? {} : { totpSecret };
  return { broker: "nubra", environment: "sandbox", baseUrl, phone, mpin, ...factors };
}

/** `main` logs in by TOTP, `sms` by a texted code. */
export const demoNubraAccounts: readonly NubraSandboxAccount[] = [
  {
    name: "main",
    phone: "9000000001",
    email: "main@example.com",
    mpin: "1357",
    totpSecret: "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP",
    userId: 1001,
  },
  { name: "sms", phone: "9000000002", email: "sms@example.com", mpin: "2468", userId: 1002 },
];

/** @throws SandboxError bad_option for an account that no client could log in to */
export function checkNubraAccounts(accounts: readonly NubraSandboxAccount[]): void {
  const seen = new Set<string>();
  for (const { name, phone, email, mpin, totpSecret } of accounts) {
    const wrong = (what: string): SandboxError => new SandboxError("bad_option", `Nubra account "${name}": ${what}.`);
    if (name === "" || name === "*") throw wrong("the name must not be empty or *");
    if (!/^\d{10}$/.test(phone)) throw wrong("the phone must be ten digits");
    if (!/^[^@]+@[^@]+$/.test(email)) throw wrong("the email needs one @");
    if (!/^\d{4,6}$/.test(mpin)) throw wrong("the mpin must be four to six digits");
    if (totpSecret !== undefined && !/^[A-Z2-7]{26,}$/.test(totpSecret))
      throw wrong("the totpSecret must be base32, 26 characters or more");
    for (const identity of [`name ${name}`, `phone ${phone}`, `email ${email}`]) {
      if (seen.has(identity)) throw wrong(`the ${identity.split(" ")[0] ?? ""} is used twice`);
      seen.add(identity);
    }
  }
}
