// A login with a texted code that a person types. A wrong code is asked for again, with what the broker left of tries.
import { createInterface } from "node:readline/promises";
import { loadConfig } from "@x/config";
import { createBrokerAuth, formatIndiaTime } from "@x/core";
import { kotakNeo } from "@x/kotak-neo";
import { nubra } from "@x/nubra";
import { localStore } from "@x/stores/local";

const configuration = await loadConfig(process.argv[2] ?? "sandbox.yaml", { brokers: [nubra, kotakNeo] });
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
