// Everything that a program with one Kotak Neo account and a memory store needs.
import { createBrokerAuth, memoryStore } from "@x/core";
import { type KotakNeoAccount, kotakNeo } from "@x/kotak-neo";

export function session(main: KotakNeoAccount): Promise<unknown> {
  const accounts = { main: { broker: "kotak-neo", ...main } } as const;
  return createBrokerAuth({ brokers: [kotakNeo()], accounts, store: memoryStore() }).session("main");
}
