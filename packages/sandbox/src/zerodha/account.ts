import { SandboxError } from "../sandbox-error.ts";

/** A customer of the sandbox broker and the Kite Connect app that the customer logs in to. Every value is invented. */
export interface ZerodhaSandboxAccount {
  /** What the sandbox calls it; never on the wire. */
  readonly name: string;
  /** Two letters and four digits. */
  readonly userId: string;
  /** The app's key. Accounts may share an app; then its secret and its redirect address are the same too. */
  readonly apiKey: string;
  readonly apiSecret: string;
  /** The address that the app registered: where the login page leads to. Default `http://127.0.0.1:8976/callback`. */
  readonly redirectUrl?: string | undefined;
  /** `personal` has no market data and no socket (reference section 5). Default `connect`. */
  readonly plan?: "connect" | "personal" | undefined;
  /** A platform that gets refresh tokens (reference section 4). Default false: the field is an empty text. */
  readonly approvedPlatform?: boolean | undefined;
  /** Default "TEST USER". */
  readonly userName?: string | undefined;
  /** From where orders are taken. Default: only `DEFAULT_CALLER_ADDRESS`. */
  readonly listedAddresses?: readonly string[] | undefined;
}

/** An account as a user would configure it, to go into the `accounts` of `createBrokerAuth`. */
export interface ZerodhaAccountInput {
  readonly broker: "zerodha";
  readonly environment: "sandbox";
  readonly baseUrl: string;
  readonly apiKey: string;
  readonly apiSecret: string;
  readonly userId: string;
}

export function accountInput(account: ZerodhaSandboxAccount, baseUrl: string): ZerodhaAccountInput {
  const { apiKey, apiSecret, userId } = account;
  return { broker: "zerodha", environment: "sandbox", baseUrl, apiKey, apiSecret, userId };
}

export const DEFAULT_REDIRECT_URL = "http://127.0.0.1:8976/callback";

/** Two customers of one app. */
export const demoZerodhaAccounts: readonly ZerodhaSandboxAccount[] = [
  {
    name: "main",
    userId: "QX4417",
    apiKey: "kx7demo0apikey01",
    apiSecret: "s9demo0apisecret0000000000000001",
  },
  {
    name: "spare",
    userId: "ZK9020",
    apiKey: "kx7demo0apikey01",
    apiSecret: "s9demo0apisecret0000000000000001",
  },
];

/** @throws SandboxError bad_option for values no such account can have, or that two accounts may not share */
export function checkZerodhaAccounts(accounts: readonly ZerodhaSandboxAccount[]): void {
  for (const account of accounts) {
    const wrong = (what: string): SandboxError =>
      new SandboxError("bad_option", `The ${what} (Zerodha account "${account.name}").`);
    if (account.name === "" || account.name === "*") throw wrong("name must not be empty or *");
    if (!/^[A-Z]{2}\d{4}$/.test(account.userId)) throw wrong("userId must be two letters and four digits");
    for (const field of ["apiKey", "apiSecret"] as const)
      if (!/^[a-z0-9]{16,64}$/i.test(account[field])) throw wrong(`${field} must be 16 to 64 letters and digits`);
    if (account.redirectUrl !== undefined && !URL.canParse(account.redirectUrl))
      throw wrong("redirectUrl must be an address");
    const app = accounts.find(({ apiKey }) => apiKey === account.apiKey);
    if (app?.apiSecret !== account.apiSecret || app.redirectUrl !== account.redirectUrl)
      throw wrong("apiSecret and redirectUrl must be those of the other account with this apiKey");
  }
  for (const field of ["name", "userId"] as const) {
    if (new Set(accounts.map((account) => account[field])).size < accounts.length)
      throw new SandboxError("bad_option", `Two Zerodha accounts have the same ${field}; give each its own.`);
  }
}
