// The program says "trading"; which account that is, and so which broker, is one word in the configuration.
import { loadConfig } from "@x/config";
import { createBrokerAuth } from "@x/core";
import { brokerClient } from "@x/core/ky";
import { kotakNeo } from "@x/kotak-neo";
import { nubra } from "@x/nubra";
import { localStore } from "@x/stores/local";

const configuration = await loadConfig(process.argv[2] ?? "sandbox.yaml", { brokers: [nubra, kotakNeo] });
await using auth = createBrokerAuth({ ...configuration, store: localStore() });

const { account, broker } = await auth.session("trading");
console.log(`trading is ${account}, at ${broker}`);

// The only part that knows brokers apart: where their holdings are, and what the list is called there.
interface Holdings {
  readonly portfolio?: { readonly holdings?: readonly unknown[] };
  readonly data?: readonly unknown[];
}
const paths = { nubra: "portfolio/holdings", "kotak-neo": "portfolio/v1/holdings" };
const answer = await brokerClient(auth, "trading").get(paths[broker]).json<Holdings>();
console.log(`${(answer.portfolio?.holdings ?? answer.data ?? []).length} holdings`);
