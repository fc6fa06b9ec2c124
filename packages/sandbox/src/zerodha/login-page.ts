import type { Reply } from "../reply.ts";
import { textOf } from "../scenario.ts";
import { type Account, giveRequestToken } from "./account-state.ts";
import { type ZerodhaBroker, appOf } from "./broker.ts";
import { inputRefusal } from "./refusal.ts";
import { type StepContext, accepted, refused } from "./step.ts";

// How the real page takes a password and a second factor is not documented, and no client may replay it (reference section 1). So this page
// only asks which customer logs in.

const UNKNOWN_APP = inputRefusal("unknown-app", "Invalid `api_key`.");

/** What a browser sees at the address that a client opens. */
export function showLoginPage(broker: ZerodhaBroker, context: StepContext): Reply {
  const app = appOf(broker, context.request.query.get("api_key"));
  if (app === undefined) return refused(context, UNKNOWN_APP);
  const buttons = broker.accounts.map(
    ({ customer }) => `<button name="user_id" value="${customer.userId}">Log in as ${customer.userId}</button>`,
  );
  return accepted(context, {
    status: 200,
    headers: { "content-type": "text/html; charset=utf-8" },
    body: `<!DOCTYPE html><html lang="en"><head><title>Sandbox login</title></head><body><h1>Invented broker</h1><form method="post">${buttons.join("")}</form></body></html>`,
  });
}

/** The page's form: leads the browser to the app's redirect address. */
export function sendLoginPage(broker: ZerodhaBroker, context: StepContext): Reply {
  const { query } = context.request;
  const app = appOf(broker, query.get("api_key"));
  if (app === undefined) return refused(context, UNKNOWN_APP);
  const customer = broker.accounts.find((one) => one.customer.userId === context.form.get("user_id"));
  if (customer === undefined) return refused(context, inputRefusal("unknown-user", "Invalid `user_id`."));
  return accepted(context, { status: 302, headers: { location: leadBack(broker, app, customer, query) } });
}

/** The redirect address with a request token and what `redirect_params` held (reference section 2 call 1). */
export function leadBack(broker: ZerodhaBroker, app: Account, customer: Account, page: URLSearchParams): string {
  const take = (name: "no-redirect-params" | "refused-consent" | "more-query") =>
    broker.scenarios.take(customer.customer.name, name, "login-page");
  const address = new URL(app.state.redirectUrl);
  const more = take("more-query");
  if (more !== undefined) {
    address.searchParams.append("action", textOf(more, "action") ?? "login");
    address.searchParams.append("status", textOf(more, "status") ?? "success");
  }
  const refusal = take("refused-consent");
  if (refusal === undefined)
    address.searchParams.append("request_token", giveRequestToken(customer, broker.now()).token);
  else address.searchParams.append("status", textOf(refusal, "status") ?? "cancelled");
  if (take("no-redirect-params") === undefined) {
    for (const [name, value] of new URLSearchParams(page.get("redirect_params") ?? ""))
      address.searchParams.append(name, value);
  }
  return address.href;
}
