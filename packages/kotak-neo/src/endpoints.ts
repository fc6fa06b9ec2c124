/** What this broker is called in configuration, errors and records. */
export const brokerId = "kotak-neo";

/** Login host of every customer (kotak-neo.md section 2, grade A). */
export const loginOrigin = "https://mis.kotaksecurities.com";

/** The broker's own domain: the login host and every trading, feed and order-feed host lie below it (kotak-neo.md section 2, grade A). */
export const brokerDomain = ".kotaksecurities.com";

/**
 * Which generation of login paths is used. `trade-api`: the current ones (kotak-neo.md section 4, grade A). `totp-v6`: those of the
 * original document, of which nobody knows whether they still answer (grade B). Headers and bodies are the same.
 */
export type KotakNeoApi = "trade-api" | "totp-v6";

/** One call of the login: its name in errors and attempts, and its path at the login host. */
export interface LoginEndpoint {
  readonly step: string;
  readonly path: string;
}

/** Call 1 takes the TOTP code and gives the view pair, call 2 takes the MPIN and gives the session. */
export interface LoginEndpoints {
  readonly totp: LoginEndpoint;
  readonly mpin: LoginEndpoint;
}

export const loginEndpoints: Readonly<Record<KotakNeoApi, LoginEndpoints>> = {
  "trade-api": {
    totp: { step: "tradeApiLogin", path: "/login/1.0/tradeApiLogin" },
    mpin: { step: "tradeApiValidate", path: "/login/1.0/tradeApiValidate" },
  },
  "totp-v6": {
    totp: { step: "totp/login", path: "/login/1.0/login/v6/totp/login" },
    mpin: { step: "totp/validate", path: "/login/1.0/login/v6/totp/validate" },
  },
};

/** At the login host: the address the broker sees (kotak-neo.md section 4, call 3). */
export const clientIpPath = "/login/1.0/get-client-ip";

/** At the trading host: the cheapest call that is known to look at the session (kotak-neo.md section 7). */
export const positionsPath = "/quick/user/positions";

/** Quotes and scrip master: they take the access token and never look at the session (kotak-neo.md section 7, grade A). */
export function isQuotesPath(path: string): boolean {
  return path.startsWith("/script-details/");
}

/**
 * The calls that only read, by method (kotak-neo.md sections 4 and 7, and what public clients read; paths of trades, holdings, margin check
 * and scrip master are those of the official SDK). HEAD counts as GET. A path in another spelling is another path.
 */
export const readingPaths: Readonly<Partial<Record<string, readonly RegExp[]>>> = {
  GET: [
    /^\/quick\/user\/(?:orders|positions|trades)$/,
    /^\/quick\/user\/orders\/[\w-]{1,64}$/,
    /^\/portfolio\/v1\/holdings$/,
    /^\/script-details\/1\.0\/quotes(?:\/.*)?$/,
    /^\/script-details\/1\.0\/masterscrip\/file-paths$/,
  ],
  POST: [/^\/quick\/user\/(?:limits|check-margin)$/, /^\/script-details\/1\.0\/quotes(?:\/.*)?$/],
};
