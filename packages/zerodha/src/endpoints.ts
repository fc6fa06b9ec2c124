import type { ListedPaths } from "@x/core/adapter";

/** What this broker is called: in configuration and records, and in messages. */
export const names = { broker: "zerodha", title: "Zerodha" } as const;

/** Where the addresses stand that Zerodha takes orders from. */
export const addressPlace = "at the app in the Kite Connect developer console";

/** Where programs call (zerodha.md section 2). The sandbox has no address of its own. */
export const baseUrls = { production: "https://api.kite.trade", sandbox: undefined } as const;

/** Where a person logs in, in a browser. It leads back to the address that the app registered. */
export const loginPage = { origin: "https://kite.zerodha.com", path: "/connect/login" } as const;

/** Ticks and order updates (zerodha.md section 6). */
export const socketOrigin = "wss://ws.kite.trade";

/** One call of the protocol. */
export type ZerodhaCallName = "grantSession" | "profile" | "logout";

export interface ZerodhaEndpoint {
  /** Name of the step in errors and in the ledger of attempts. */
  readonly step: string;
  readonly method: "GET" | "POST" | "DELETE";
  readonly path: string;
  /** Whether it has an effect that must not happen twice, so that no answer means `outcome_unknown`. */
  readonly carriesFactor: boolean;
}

/** zerodha.md section 2. The refresh call is for approved platforms only (section 4), so there is none here. */
export const endpoints: Readonly<Record<ZerodhaCallName, ZerodhaEndpoint>> = {
  // Trades a request token for a session.
  grantSession: { step: "session/token", method: "POST", path: "/session/token", carriesFactor: true },
  // The cheapest read that looks at the session.
  profile: { step: "profile", method: "GET", path: "/user/profile", carriesFactor: false },
  logout: { step: "logout", method: "DELETE", path: "/session/token", carriesFactor: false },
};

/** The version of the API, on every call (zerodha.md section 2). */
export const versionHeader = { "x-kite-version": "3" } as const;

/**
 * The calls that only read, by the paths of the official SDK (npm kiteconnect 5.3.0). Everything else is taken for an order, GET or not.
 */
export const readingPaths: ListedPaths = {
  GET: [
    /^\/user\/profile$/,
    /^\/user\/margins(?:\/[\w-]{1,64})?$/,
    /^\/orders(?:\/[\w-]{1,64}(?:\/trades)?)?$/,
    /^\/trades$/,
    /^\/portfolio\/(?:positions|holdings|holdings\/auctions)$/,
    /^\/quote(?:\/(?:ohlc|ltp))?$/,
    /^\/instruments(?:\/[\w-]{1,64})?$/,
    /^\/instruments\/(?:trigger_range\/[\w-]{1,64}|historical\/[\w-]{1,64}\/[\w-]{1,64})$/,
    /^\/mf\/(?:orders|sips)(?:\/[\w-]{1,64})?$/,
    /^\/mf\/(?:holdings|instruments)$/,
    /^\/gtt\/triggers(?:\/[\w-]{1,64})?$/,
  ],
  POST: [/^\/margins\/(?:orders|basket)$/, /^\/charges\/orders$/],
};

/** The calls that place, change and cancel orders, by the paths of the official SDK (npm kiteconnect 5.3.0). */
export const orderPaths: ListedPaths = {
  POST: [/^\/orders\/[a-z]{1,32}$/],
  PUT: [/^\/orders\/[a-z]{1,32}\/[\w-]{1,64}$/],
  DELETE: [/^\/orders\/[a-z]{1,32}\/[\w-]{1,64}$/],
};
