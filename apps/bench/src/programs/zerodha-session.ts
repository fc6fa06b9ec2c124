// Everything that a program with one Zerodha account and a memory store needs.
import { createBrokerAuth, memoryStore } from "@x/core";
import { zerodha, type ZerodhaAccount } from "@x/zerodha";

export function session(main: ZerodhaAccount): Promise<unknown> {
  const accounts = { main: { broker: "zerodha", ...main } } as const;
  return createBrokerAuth({ brokers: [zerodha()], accounts, store: memoryStore() }).session("main");
}
