// Everything that a program with one Angel One account and a memory store needs.
import { angelOne, type AngelOneAccount } from "@x/angel-one";
import { createBrokerAuth, memoryStore } from "@x/core";

export function session(main: AngelOneAccount): Promise<unknown> {
  const accounts = { main: { broker: "angel-one", ...main } } as const;
  return createBrokerAuth({ brokers: [angelOne()], accounts, store: memoryStore() }).session("main");
}
