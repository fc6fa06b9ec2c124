import type { Reply } from "../reply.ts";
import type { AngelOneBroker } from "./broker.ts";
import { login, logout, renew } from "./login-calls.ts";
import { order, plainCall } from "./session-calls.ts";
import type { StepContext } from "./step.ts";

export interface Route {
  readonly method: "GET" | "POST";
  /** The whole path; with a slash at the end everything below it. */
  readonly path: string;
  readonly step: string;
  readonly answer: (broker: AngelOneBroker, context: StepContext) => Reply;
}

const secure = "/rest/secure/angelbroking";

/** A call named after the last part of its path. */
const named = (method: Route["method"], path: string, answer: Route["answer"] = plainCall): Route => {
  const step = path.replace(/\/$/, "").split("/").at(-1) ?? "";
  return { method, path: `${secure}${path}`, step, answer };
};

/** The calls of reference section 2; the other paths are those of the official client (npm smartapi-javascript 1.0.27, config/api.js). */
export const angelOneRoutes: readonly Route[] = [
  { method: "POST", path: "/rest/auth/angelbroking/user/v1/loginByPassword", step: "login", answer: login },
  { method: "POST", path: "/rest/auth/angelbroking/jwt/v1/generateTokens", step: "renew", answer: renew },
  { method: "GET", path: `${secure}/user/v1/getProfile`, step: "profile", answer: plainCall },
  { method: "POST", path: `${secure}/user/v1/logout`, step: "logout", answer: logout },
  named("POST", "/order/v1/placeOrder", order),
  named("POST", "/order/v1/modifyOrder", order),
  named("POST", "/order/v1/cancelOrder", order),
  named("GET", "/order/v1/getOrderBook"),
  named("GET", "/order/v1/getTradeBook"),
  named("GET", "/order/v1/details/"),
  named("GET", "/order/v1/getPosition"),
  named("POST", "/order/v1/convertPosition"),
  named("POST", "/order/v1/searchScrip"),
  named("GET", "/user/v1/getRMS"),
  named("GET", "/portfolio/v1/getHolding"),
  named("GET", "/portfolio/v1/getAllHolding"),
  named("POST", "/gtt/v1/createRule"),
  named("POST", "/gtt/v1/modifyRule"),
  named("POST", "/gtt/v1/cancelRule"),
  named("POST", "/gtt/v1/ruleDetails"),
  named("POST", "/gtt/v1/ruleList"),
  named("POST", "/historical/v1/getCandleData"),
  named("POST", "/historical/v1/getOIData"),
  named("POST", "/market/v1/quote"),
  named("POST", "/margin/v1/batch"),
  named("POST", "/brokerage/v1/estimateCharges"),
  named("POST", "/edis/v1/verifyDis"),
  named("POST", "/edis/v1/generateTPIN"),
  named("POST", "/edis/v1/getTranStatus"),
  named("POST", "/marketData/v1/optionGreek"),
  named("POST", "/marketData/v1/gainersLosers"),
  named("GET", "/marketData/v1/putCallRatio"),
  named("GET", "/marketData/v1/nseIntraday"),
  named("GET", "/marketData/v1/bseIntraday"),
  named("POST", "/marketData/v1/OIBuildup"),
];

/** All routes at this path, of whatever method. */
export function routesAt(path: string): Route[] {
  return angelOneRoutes.filter((route) =>
    route.path.endsWith("/") ? path.startsWith(route.path) && path !== route.path : path === route.path,
  );
}
