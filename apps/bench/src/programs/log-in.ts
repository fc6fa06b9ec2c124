// Logs in once over HTTP and prints the headers.
import { createBrokerAuth, memoryStore } from "@x/core";
import { nubra } from "@x/nubra";
import { coldOrder } from "../cold-order.ts";

const { accounts, now, key, record } = coldOrder();
const { main } = accounts;
const store = memoryStore();
await store.swap(key, 0, { ...record, body: Buffer.from(record.body, "base64") });
const auth = createBrokerAuth({ brokers: [nubra()], accounts: { main }, store, clock: { now: () => now } });
console.log(JSON.stringify(await auth.headers("main")));
await auth.close();
// A connection that is kept alive would keep the process alive as well.
process.exit();
