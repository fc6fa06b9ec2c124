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
  startOtp: factorCall("/sendphoneotp"),
  forceSms: factorCall("/sendphoneotp"),
  verifyOtp: factorCall("/verifyphoneotp"),
  loginTotp: factorCall("/totp/login"),
  verifyPin: factorCall("/verifypin"),
  renewWithPin: factorCall("/verifypin"),
  // Each call makes a new secret (section 9.5): an unanswered one may have replaced the last.
  generateTotp: { ...read("/totp/generate-secret"), carriesFactor: true },
  enableTotp: factorCall("/totp/enable"),
  disableTotp: factorCall("/totp/disable"),
  logout: { ...factorCall("/logout"), carriesFactor: false },
  userInfo: read("/userinfo"),
  validateAddress: read("/ipaddress/validate"),
  // No documented call, and none is needed: the Date header of any answer, a 404 included, tells the time.
  readClock: { ...read("/"), step: "clock" },
};

// A step is called by its path.
function factorCall(path: string): NubraEndpoint {
  return { step: path.slice(1), method: "POST", path, carriesFactor: true };
}

function read(path: string): NubraEndpoint {
  return { step: path.slice(1), method: "GET", path, carriesFactor: false };
}

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

const orders: readonly RegExp[] = [/^\/orders\/v2\/(?:single|multi|basket|modify|cancel)(?:\/\w{1,32})?$/];
/** The calls that place, change and cancel orders (nubra.md section 4, and what public clients send). */
export const orderPaths: ListedPaths = { POST: orders, PUT: orders, DELETE: orders };
