// A login with a texted code that a person types. A wrong code is asked for again, with what the broker left of tries.
import { createInterface } from "node:readline/promises";
import { loadConfig } from "@x/config";
import { createBrokerAuth, formatIndiaTime } from "@x/core";
import { localStore } from "@x/stores/local";
import { brokers } from "./brokers.ts";

const configuration = await loadConfig(process.argv[2] ?? "sandbox.yaml", { brokers });
await using auth = createBrokerAuth({ ...configuration, store: localStore() });

const terminal = createInterface({ input: process.stdin, output: process.stderr });
const session = await auth.login("sms", {
  otp: ({ sentTo, refused }) => {
    if (refused !== undefined) console.error(`${refused.message}. ${refused.action}`);
    return terminal.question(`Code sent to ${sentTo}: `);
  },
});
terminal.close();
console.log(`${session.account}: logged in until ${formatIndiaTime(session.expiresAt)}`);
