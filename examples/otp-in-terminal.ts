// A login with a texted code that a person types. A wrong code is asked for again, with what the broker left of tries.
import { once } from "node:events";
import { createInterface } from "node:readline/promises";
import { loadConfig } from "@x/config";
import { BrokerAuthError, createBrokerAuth, formatIndiaTime } from "@x/core";
import { localStore } from "@x/stores/local";
import { brokers } from "./brokers.ts";
import { endWithMessage } from "./one-message.ts";

process.once("uncaughtException", endWithMessage);
const configuration = await loadConfig(process.argv[2] ?? "sandbox.yaml", { brokers });
await using auth = createBrokerAuth({ ...configuration, store: localStore() });

const terminal = createInterface({ input: process.stdin, output: process.stderr });
// A question that nobody can answer any more would wait for ever.
const closed = once(terminal, "close").then((): never => {
  const action = "Run it in a terminal: the login waits for its code.";
  throw new BrokerAuthError("needs_input", "the terminal was closed before a code was typed", { action });
});
closed.catch(() => undefined);
const session = await auth.login("sms", {
  otp: ({ sentTo, refused }) => {
    if (refused !== undefined) console.error(`${refused.message}. ${refused.action}`);
    return Promise.race([closed, terminal.question(`Code sent to ${sentTo}: `)]);
  },
});
terminal.close();
console.log(`${session.account}: logged in until ${formatIndiaTime(session.expiresAt)}`);
