import { SandboxError } from "../sandbox-error.ts";

/** A customer of the sandbox broker. Every value is invented. */
export interface AngelOneSandboxAccount {
  /** What the sandbox calls it; never on the wire. */
  readonly name: string;
  /** A letter and digits. */
  readonly clientCode: string;
  /** Four digits. */
  readonly pin: string;
  /** Base32, of 16 bytes and more. */
  readonly totpSecret: string;
  /** The app's key. */
  readonly apiKey: string;
  /** From where orders are taken. Default: only `DEFAULT_CALLER_ADDRESS`. */
  readonly listedAddresses?: readonly string[] | undefined;
}

/** An account as a user would configure it, to go into the `accounts` of `createBrokerAuth`. */
export interface AngelOneAccountInput {
  readonly broker: "angel-one";
  readonly environment: "sandbox";
  readonly baseUrl: string;
  readonly apiKey: string;
  readonly clientCode: string;
  readonly pin: string;
  readonly totpSecret: string;
}

export function accountInput(account: AngelOneSandboxAccount, baseUrl: string): AngelOneAccountInput {
  const { apiKey, clientCode, pin, totpSecret } = account;
  return { broker: "angel-one", environment: "sandbox", baseUrl, apiKey, clientCode, pin, totpSecret };
}

export const demoAngelOneAccounts: readonly AngelOneSandboxAccount[] = [
  {
    name: "main",
    clientCode: "T100001",
    pin: "0421",
    totpSecret: "ANGELSANDBOXACCOUNTMAINSECRET234",
    apiKey: "aB3demo1",
  },
  {
    name: "spare",
    clientCode: "T100002",
    pin: "7310",
    totpSecret: "ANGELSANDBOXACCOUNTSPARESECRET23",
    apiKey: "aB3demo2",
  },
];

/** @throws SandboxError bad_option for values no such account can have, or that two accounts share */
export function checkAngelOneAccounts(accounts: readonly AngelOneSandboxAccount[]): void {
  for (const account of accounts) {
    const check = (
      field: "name" | "clientCode" | "pin" | "totpSecret" | "apiKey",
      form: RegExp,
      rule: string,
    ): void => {
      if (form.test(account[field])) return;
      throw new SandboxError("bad_option", `The ${field} of Angel One account "${account.name}" must be ${rule}.`);
    };
    check("name", /^[^*]/, "a name");
    check("clientCode", /^[A-Z]\w{3,15}$/, "a capital letter, then letters and digits");
    check("pin", /^\d{4}$/, "four digits");
    check("totpSecret", /^[A-Z2-7]{26,}$/, "base32 of 16 bytes and more");
    check("apiKey", /^\w{4,64}$/, "letters and digits");
  }
  for (const field of ["name", "clientCode"] as const) {
    if (new Set(accounts.map((account) => account[field])).size < accounts.length)
      throw new SandboxError("bad_option", `Two Angel One accounts have the same ${field}; give each its own.`);
  }
}
