import type { ListedPaths } from "@x/core/adapter";

/** What this broker is called: in configuration and records, and in messages. */
export const names = { broker: "angel-one", title: "Angel One" } as const;

/** Where the addresses stand that Angel One takes orders from. */
export const addressPlace = "at your app on smartapi.angelone.in";

/** Where programs call (angel-one.md section 2). The sandbox has no address of its own. */
export const baseUrls = { production: "https://apiconnect.angelone.in", sandbox: undefined } as const;

/** Prices, and order updates (angel-one.md section 6). */
export const sockets = {
  market: { origin: "wss://smartapisocket.angelone.in", path: "/smart-stream" },
  orders: { origin: "wss://tns.angelone.in", path: "/smart-order-update" },
} as const;

/** One call of the protocol. */
export type AngelOneCallName = "login" | "renewTokens" | "profile" | "logout" | "readClock";

export interface AngelOneEndpoint {
  /** Name of the step in errors and in the ledger of attempts. */
  readonly step: string;
  readonly method: "GET" | "POST";
  readonly path: string;
  /** Whether it has an effect that must not happen twice, so that no answer means `outcome_unknown`. */
  readonly carriesFactor: boolean;
}

const auth = "/rest/auth/angelbroking";
const secure = "/rest/secure/angelbroking";

/** angel-one.md section 2. */
export const endpoints: Readonly<Record<AngelOneCallName, AngelOneEndpoint>> = {
  login: { step: "login", method: "POST", path: `${auth}/user/v1/loginByPassword`, carriesFactor: true },
  // Its refresh token is good once.
  renewTokens: { step: "renewal", method: "POST", path: `${auth}/jwt/v1/generateTokens`, carriesFactor: true },
  // The cheapest read that looks at the session.
  profile: { step: "profile", method: "GET", path: `${secure}/user/v1/getProfile`, carriesFactor: false },
  logout: { step: "logout", method: "POST", path: `${secure}/user/v1/logout`, carriesFactor: false },
  // The same address without token and key: a path that nobody knows would meet the firewall (section 5).
  readClock: { step: "server-time", method: "GET", path: `${secure}/user/v1/getProfile`, carriesFactor: false },
};

/**
 * The calls that only read, by the paths of the official SDK (npm smartapi-javascript 1.0.27, config/api.js). Everything else is taken for an order,
 * GET or not.
 */
export const readingPaths: ListedPaths = {
  GET: [
    /^\/rest\/secure\/angelbroking\/user\/v1\/(?:getProfile|getRMS)$/,
    /^\/rest\/secure\/angelbroking\/order\/v1\/(?:getOrderBook|getTradeBook|getPosition|details\/[\w-]{1,64})$/,
    /^\/rest\/secure\/angelbroking\/portfolio\/v1\/(?:getHolding|getAllHolding)$/,
    /^\/rest\/secure\/angelbroking\/marketData\/v1\/(?:putCallRatio|nseIntraday|bseIntraday)$/,
  ],
  POST: [
    /^\/rest\/secure\/angelbroking\/order\/v1\/searchScrip$/,
    /^\/rest\/secure\/angelbroking\/gtt\/v1\/(?:ruleDetails|ruleList)$/,
    /^\/rest\/secure\/angelbroking\/historical\/v1\/(?:getCandleData|getOIData)$/,
    /^\/rest\/secure\/angelbroking\/market\/v1\/quote$/,
    /^\/rest\/secure\/angelbroking\/margin\/v1\/batch$/,
    /^\/rest\/secure\/angelbroking\/brokerage\/v1\/estimateCharges$/,
    /^\/rest\/secure\/angelbroking\/marketData\/v1\/(?:optionGreek|gainersLosers|OIBuildup)$/,
  ],
};

/** The calls that place, change and cancel orders, by the paths of the official SDK (npm smartapi-javascript 1.0.27, config/api.js). */
export const orderPaths: ListedPaths = {
  POST: [/^\/rest\/secure\/angelbroking\/order\/v1\/(?:placeOrder|modifyOrder|cancelOrder)$/],
};
