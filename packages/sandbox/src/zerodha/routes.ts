import type { Reply } from "../reply.ts";
import type { ZerodhaBroker } from "./broker.ts";
import { logout, refreshToken, sessionToken } from "./login-calls.ts";
import { sendLoginPage, showLoginPage } from "./login-page.ts";
import { calculation, change, marketData, order, report, table } from "./session-calls.ts";
import type { StepContext } from "./step.ts";

type Run = (broker: ZerodhaBroker, context: StepContext) => Reply;

export interface Route {
  readonly method: string;
  /** Parts in braces stand for one part of whatever text. */
  readonly path: string;
  readonly step: string;
  readonly answer: Run;
}

const route = (method: string, path: string, step: string, answer: Run): Route => ({ method, path, step, answer });

/**
 * The page and the calls of reference section 2; the other paths are those of the official client (npm kiteconnect 5.3.0, dist/constants). The
 * page stands on another host at the real broker: here both are one address, told apart by the path.
 */
export const zerodhaRoutes: readonly Route[] = [
  route("GET", "/connect/login", "login-page", showLoginPage),
  route("POST", "/connect/login", "login-page", sendLoginPage),
  route("POST", "/session/token", "session-token", sessionToken),
  route("DELETE", "/session/token", "logout", logout),
  route("POST", "/session/refresh_token", "refresh-token", refreshToken),
  route("GET", "/user/profile", "profile", report),
  route("GET", "/user/margins", "margins", report),
  route("GET", "/user/margins/{segment}", "margins", report),
  route("GET", "/orders", "orders", report),
  route("GET", "/orders/{id}", "order", report),
  route("GET", "/orders/{id}/trades", "order-trades", report),
  route("GET", "/trades", "trades", report),
  route("POST", "/orders/{variety}", "place-order", order),
  route("PUT", "/orders/{variety}/{id}", "modify-order", order),
  route("DELETE", "/orders/{variety}/{id}", "cancel-order", order),
  route("POST", "/margins/orders", "order-margins", calculation),
  route("POST", "/margins/basket", "basket-margins", calculation),
  route("POST", "/charges/orders", "charges", calculation),
  route("GET", "/portfolio/positions", "positions", report),
  route("PUT", "/portfolio/positions", "convert-position", change),
  route("GET", "/portfolio/holdings", "holdings", report),
  route("GET", "/portfolio/holdings/auctions", "auctions", report),
  route("GET", "/mf/orders", "mf-orders", report),
  route("GET", "/mf/orders/{id}", "mf-orders", report),
  route("POST", "/mf/orders", "place-mf-order", change),
  route("DELETE", "/mf/orders/{id}", "cancel-mf-order", change),
  route("GET", "/mf/sips", "mf-sips", report),
  route("GET", "/mf/sips/{id}", "mf-sips", report),
  route("POST", "/mf/sips", "place-mf-sip", change),
  route("PUT", "/mf/sips/{id}", "modify-mf-sip", change),
  route("DELETE", "/mf/sips/{id}", "cancel-mf-sip", change),
  route("GET", "/mf/holdings", "mf-holdings", report),
  route("GET", "/mf/instruments", "mf-instruments", table),
  route("GET", "/instruments", "instruments", table),
  route("GET", "/instruments/{exchange}", "instruments", table),
  route("GET", "/instruments/trigger_range/{side}", "trigger-range", marketData),
  route("GET", "/instruments/historical/{token}/{interval}", "historical", marketData),
  route("GET", "/quote", "quote", marketData),
  route("GET", "/quote/ohlc", "ohlc", marketData),
  route("GET", "/quote/ltp", "ltp", marketData),
  route("GET", "/gtt/triggers", "gtts", report),
  route("GET", "/gtt/triggers/{id}", "gtt", report),
  route("POST", "/gtt/triggers", "place-gtt", change),
  route("PUT", "/gtt/triggers/{id}", "modify-gtt", change),
  route("DELETE", "/gtt/triggers/{id}", "delete-gtt", change),
];

/** All routes at this path, of whatever method. */
export function routesAt(path: string): Route[] {
  const parts = path.split("/");
  return zerodhaRoutes.filter((one) => {
    const wanted = one.path.split("/");
    return (
      wanted.length === parts.length &&
      wanted.every((part, at) => (part.startsWith("{") ? parts[at] !== "" : part === parts[at]))
    );
  });
}
