import type { ListedPaths } from "@x/core/adapter";

/** What this broker is called: in configuration and records, and in messages. */
export const names = { broker: "nubra", title: "Nubra" } as const;

/** nubra.md section 2. The sandbox has no address of its own. */
export const baseUrls = {
  production: "https://api.nubra.io",
  uat: "https://uatapi.nubra.io",
  sandbox: undefined,
} as const;

/** One call of Nubra's login protocol. Sends and PIN calls are told apart by their place in the login: their failures mean different things. */
export type NubraCallName =
  | "startOtp"
  | "forceSms"
  | "verifyOtp"
  | "loginTotp"
  | "verifyPin"
  | "renewWithPin"
  | "generateTotp"
  | "enableTotp"
  | "disableTotp"
  | "logout"
  | "userInfo"
  | "validateAddress"
  | "readClock";

export interface NubraEndpoint {
  /** Name of the step in errors and in the ledger of attempts. */
  readonly step: string;
  readonly method: "GET" | "POST";
  readonly path: string;
  /** Whether it has an effect that must not happen twice, so that no answer means `outcome_unknown`. */
  readonly carriesFactor: boolean;
}

/** nubra.md section 4, with the methods and paths that the official SDK and working clients use (section 10, rows 3 and 4). */
export const endpoints: Readonly<Record<NubraCallName, NubraEndpoint>> = {
  startOtp: { step: "sendphoneotp", method: "POST", path: "/sendphoneotp", carriesFactor: true },
  forceSms: { step: "sendphoneotp", method: "POST", path: "/sendphoneotp", carriesFactor: true },
  verifyOtp: { step: "verifyphoneotp", method: "POST", path: "/verifyphoneotp", carriesFactor: true },
  loginTotp: { step: "totp/login", method: "POST", path: "/totp/login", carriesFactor: true },
  verifyPin: { step: "verifypin", method: "POST", path: "/verifypin", carriesFactor: true },
  renewWithPin: { step: "verifypin", method: "POST", path: "/verifypin", carriesFactor: true },
  // Each call makes a new secret (section 9.5): an unanswered one may have replaced the last.
  generateTotp: { step: "totp/generate-secret", method: "GET", path: "/totp/generate-secret", carriesFactor: true },
  enableTotp: { step: "totp/enable", method: "POST", path: "/totp/enable", carriesFactor: true },
  disableTotp: { step: "totp/disable", method: "POST", path: "/totp/disable", carriesFactor: true },
  logout: { step: "logout", method: "POST", path: "/logout", carriesFactor: false },
  userInfo: { step: "userinfo", method: "GET", path: "/userinfo", carriesFactor: false },
  validateAddress: { step: "ipaddress/validate", method: "GET", path: "/ipaddress/validate", carriesFactor: false },
  // No documented call, and none is needed: the Date header of any answer, a 404 included, tells the time.
  readClock: { step: "clock", method: "GET", path: "/", carriesFactor: false },
};

/**
 * The calls that only read (nubra.md section 4, and what public clients read). Everything else is taken for an order, also a GET: each
 * generate-secret makes a new secret (section 9.5).
 */
export const readingPaths: ListedPaths = {
  GET: [
    /^\/userinfo$/,
    /^\/ipaddress\/validate$/,
    /^\/portfolio\/(?:holdings|positions|v2\/positions)$/,
    /^(?:\/sentinel)?\/portfolio\/user_funds_and_margin$/,
  ],
};

/** The calls that place, change and cancel orders (nubra.md section 4, and what public clients send). */
export const orderPaths: ListedPaths = {
  POST: [/^\/orders\/v2\/(?:single|multi|basket|modify|cancel)(?:\/\w{1,32})?$/],
  PUT: [/^\/orders\/v2\/(?:single|multi|basket|modify|cancel)(?:\/\w{1,32})?$/],
  DELETE: [/^\/orders\/v2\/(?:single|multi|basket|modify|cancel)(?:\/\w{1,32})?$/],
};
