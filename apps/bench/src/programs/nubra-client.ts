// A program that reads and trades by a ky instance on one Nubra account.
import { createBrokerAuth, memoryStore } from "@x/core";
import { brokerClient } from "@x/core/ky";
import { nubra, type NubraAccount } from "@x/nubra";

export function holdings(main: NubraAccount): Promise<unknown> {
  const accounts = { main: { broker: "nubra", ...main } } as const;
  const auth = createBrokerAuth({ brokers: [nubra()], accounts, store: memoryStore() });
  return brokerClient(auth, "main").get("portfolio/holdings").json();
}
