import type { Reply } from "../reply.ts";
import type { KotakNeoBroker } from "./broker.ts";
import type { StepContext } from "./step.ts";
import { clientAddress, login, validate } from "./login-calls.ts";
import { formReport, order, publicData, report } from "./session-calls.ts";
import type { KotakNeoApi } from "./options.ts";

export interface Route {
  readonly method: "GET" | "POST";
  /** The whole path; with a slash at the end everything below it. */
  readonly path: string;
  readonly step: string;
  readonly answer: (broker: KotakNeoBroker, context: StepContext) => Reply;
}

export function loginRoutes(api: KotakNeoApi): Route[] {
  const routes: Route[] = [
    { method: "GET", path: "/login/1.0/get-client-ip", step: "client-ip", answer: clientAddress },
  ];
  if (api !== "totp-v6") {
    routes.push(
      { method: "POST", path: "/login/1.0/tradeApiLogin", step: "login", answer: login },
      { method: "POST", path: "/login/1.0/tradeApiValidate", step: "validate", answer: validate },
    );
  }
  if (api !== "trade-api") {
    routes.push(
      { method: "POST", path: "/login/1.0/login/v6/totp/login", step: "login", answer: login },
      { method: "POST", path: "/login/1.0/login/v6/totp/validate", step: "validate", answer: validate },
    );
  }
  return routes;
}

/**
 * Orders, positions, limits and quotes stand in the reference; the other paths are those of the official SDK (github.com/Kotak-Neo/Kotak-neo-api-v2,
 * client/typescript-client/src/urls.ts) for the groups of calls that reference section 7 names without a path; a single order is read by the
 * sdk of 2026-08 (additions of 2026-11-30).
 */
export const tradingRoutes: readonly Route[] = [
  { method: "GET", path: "/quick/user/orders", step: "orders", answer: report },
  { method: "GET", path: "/quick/user/orders/", step: "order", answer: report },
  { method: "GET", path: "/quick/user/positions", step: "positions", answer: report },
  { method: "GET", path: "/quick/user/trades", step: "trades", answer: report },
  { method: "GET", path: "/portfolio/v1/holdings", step: "holdings", answer: report },
  { method: "POST", path: "/quick/user/limits", step: "limits", answer: formReport },
  { method: "POST", path: "/quick/user/check-margin", step: "check-margin", answer: formReport },
  { method: "POST", path: "/quick/order/history", step: "order-history", answer: formReport },
  { method: "POST", path: "/quick/order/rule/ms/place", step: "place-order", answer: order },
  { method: "POST", path: "/quick/order/vr/modify", step: "modify-order", answer: order },
  { method: "POST", path: "/quick/order/cancel", step: "cancel-order", answer: order },
  { method: "GET", path: "/script-details/1.0/quotes/", step: "quotes", answer: publicData },
  { method: "GET", path: "/script-details/1.0/masterscrip/file-paths", step: "scrip-master", answer: publicData },
];

/** All routes at this path, of whatever method. Slashes that were doubled in joining are one (additions of 2026-11-30). */
export function routesAt(routes: readonly Route[], asSent: string): Route[] {
  const path = asSent.replaceAll(/\/{2,}/g, "/");
  return routes.filter((route) =>
    route.path.endsWith("/") ? path.startsWith(route.path) && path !== route.path : path === route.path,
  );
}

/** Paths that clients hope for: there is no refresh and no remote logout (reference section 12 rule 10). The journal counts them under this name. */
export function absentStep(path: string): string | undefined {
  return /refresh|renew|logout|signout/i.exec(path)?.[0].toLowerCase();
}
