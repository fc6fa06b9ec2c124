// Adopts a stored session and prints its headers.
import { createBrokerAuth } from "@x/core";
import { nubra } from "@x/nubra";
import { encrypted } from "@x/stores/encrypted";
import { keyFile } from "@x/stores/key-file";
import { sqliteStore } from "@x/stores/sqlite";
import { coldOrder } from "../cold-order.ts";

const { accounts, directory, keyPath } = coldOrder();
const { main } = accounts;
const auth = createBrokerAuth({
  brokers: [nubra()],
  accounts: { main },
  store: encrypted(sqliteStore({ directory }), keyFile(keyPath)),
});
console.log(JSON.stringify(await auth.headers("main")));
await auth.close();
