// A stranger's program on Node: compiled against the published declarations by several compilers, and run on several
// versions of Node. Its one argument is an empty directory.
import assert from "node:assert/strict";
import { join } from "node:path";
import { type AccountInput, createBrokerAuth, isBrokerAuthError, type TokenStore } from "@x/core";
import { jData, kotakNeo } from "@x/kotak-neo";
import { nubra, type NubraProvider } from "@x/nubra";
import { startSandbox } from "@x/sandbox";
import { encrypted } from "@x/stores/encrypted";
import { keyFile } from "@x/stores/key-file";
import { sqliteStore } from "@x/stores/sqlite";

const [, , directory = ""] = process.argv;

// @ts-expect-error The fields follow from the broker's name: a UCC is Kotak Neo's. Were the types lost, nothing would be refused.
const mistaken: AccountInput<NubraProvider> = { broker: "nubra", phone: "9000000000", ucc: "ABCDE" };
void mistaken;

await using sandbox = await startSandbox();
const store: TokenStore = encrypted(
  sqliteStore({ directory: join(directory, "store") }),
  keyFile(join(directory, "key")),
);
const engine = () =>
  createBrokerAuth({
    brokers: [nubra(), kotakNeo()],
    accounts: { main: sandbox.nubra.accountInput("main"), hedge: sandbox.kotakNeo.accountInput("hedge") },
    use: { trading: "main" },
    store,
  });

const first = engine();
const outcomes = await first.loginAll();
for (const outcome of outcomes) assert.ok(outcome.ok, outcome.ok ? "" : outcome.error.message);
const answers = [
  (await first.fetch("trading", "/userinfo")).status,
  (
    await first.fetch("hedge", "/quick/user/limits", {
      method: "POST",
      body: jData({ seg: "ALL", exch: "ALL", prod: "ALL" }),
    })
  ).status,
];
const refused = await first
  .session("main", { validUntil: Date.now() + 1_000 * 86_400_000 })
  .catch((error: unknown) => (isBrokerAuthError(error) ? error.code : "another error"));
await first.close();

// As the next program of the day does it.
const second = engine();
const adopted = [(await second.session("main")).obtainedBy, (await second.session("hedge")).obtainedBy];
await second.close();
await store.close();

const logins = [
  sandbox.journal.count({ account: "main", step: "verifypin", outcome: "accepted" }),
  sandbox.journal.count({ account: "hedge", step: "validate", outcome: "accepted" }),
];
assert.deepEqual(
  { answers, refused, adopted, logins },
  { answers: [200, 200], refused: "configuration", adopted: ["store", "store"], logins: [1, 1] },
);
console.log(`2 logins, 2 requests, 2 sessions adopted by the next program, by Node ${process.versions.node}`);
