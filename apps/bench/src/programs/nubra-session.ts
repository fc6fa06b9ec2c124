// Everything that a program with one Nubra account and a memory store needs.
import { createBrokerAuth, memoryStore } from "@x/core";
import { nubra, type NubraAccount } from "@x/nubra";

export function session(main: NubraAccount): Promise<unknown> {
  const accounts = { main: { broker: "nubra", ...main } } as const;
  return createBrokerAuth({ brokers: [nubra()], accounts, store: memoryStore() }).session("main");
}
