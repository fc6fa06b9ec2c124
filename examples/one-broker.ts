// One account at one broker: its holdings. A second run finds the session in the store and logs in no more.
import { loadConfig } from "@x/config";
import { createBrokerAuth, formatIndiaTime } from "@x/core";
import { brokerClient } from "@x/core/ky";
import { localStore } from "@x/stores/local";
import { brokers } from "./brokers.ts";
import { endWithMessage } from "./one-message.ts";

process.once("uncaughtException", endWithMessage);
const configuration = await loadConfig(process.argv[2] ?? "sandbox.yaml", { brokers });
await using auth = createBrokerAuth({ ...configuration, store: localStore() });

const { obtainedBy, expiresAt } = await auth.session("main");
console.log(`main: session by ${obtainedBy}, ends at ${formatIndiaTime(expiresAt)}`);

const api = brokerClient(auth, "main");
console.dir(await api.get("portfolio/holdings").json(), { depth: null });
