// The program says "trading"; which account that is, and so which broker, is one word in the configuration.
import { loadConfig } from "@x/config";
import { openInBrowser } from "@x/config/browser";
import { createBrokerAuth } from "@x/core";
import { localStore } from "@x/stores/local";
import { brokers } from "./brokers.ts";
import { holdings } from "./holdings.ts";
import { endWithMessage } from "./one-message.ts";

process.once("uncaughtException", endWithMessage);
const configuration = await loadConfig(process.argv[2] ?? "sandbox.yaml", { brokers });
await using auth = createBrokerAuth({ ...configuration, store: localStore() });

// Asks nobody where the configuration holds all that is needed. A broker whose login is a page opens it, once a day.
const { account, broker } = await auth.login("trading", {
  redirect: openInBrowser({ redirectUrl: process.env["REDIRECT_URL"] }),
});
console.log(`trading is ${account}, at ${broker}`);
for (const { symbol, quantity } of await holdings(auth, "trading")) console.log(`${quantity} ${symbol}`);
