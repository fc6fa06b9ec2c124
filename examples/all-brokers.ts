// A program that must be ready before the market opens: all accounts logged in together, each with its own outcome.
import { loadConfig } from "@x/config";
import { createBrokerAuth, formatIndiaTime } from "@x/core";
import { localStore } from "@x/stores/local";
import { brokers } from "./brokers.ts";
import { endWithMessage } from "./one-message.ts";

process.once("uncaughtException", endWithMessage);
const configuration = await loadConfig(process.argv[2] ?? "sandbox.yaml", { brokers });
await using auth = createBrokerAuth({ ...configuration, store: localStore() });
auth.on((event) => console.error(`${event.account}: ${event.type}`));

// "sms" asks for a texted code and "kite" for a page in a browser, and nobody is here: their outcomes say so, and the others are not held up.
for (const outcome of await auth.loginAll({ timeoutMs: 60_000 })) {
  if (outcome.ok) {
    const { broker, obtainedBy, expiresAt } = outcome.session;
    console.log(`${outcome.account}: ${broker}, by ${obtainedBy}, until ${formatIndiaTime(expiresAt)}`);
  } else {
    console.log(`${outcome.account}: ${outcome.error.code}. ${outcome.error.action}`);
  }
}

// Each broker has its own paths; sessions, headers and addresses are the same call.
for (const [account, path] of [
  ["main", "/portfolio/holdings"],
  ["hedge", "/portfolio/v1/holdings"],
  ["angel", "/rest/secure/angelbroking/portfolio/v1/getHolding"],
] as const) {
  const response = await auth.fetch(account, path);
  console.log(`${account}: GET ${path} ${response.status}`);
}
