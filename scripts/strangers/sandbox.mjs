import assert from "node:assert/strict";
import { angelOne } from "@x/angel-one";
import { createBrokerAuth, memoryStore } from "@x/core";
import { kotakNeo } from "@x/kotak-neo";
import { nubra } from "@x/nubra";
import { demoAccounts, startSandbox } from "@x/sandbox";
import { zerodha } from "@x/zerodha";

// All brokers' logins, end to end, through nothing but published files.
const sandbox = await startSandbox();
const [main] = demoAccounts.nubra;
const [hedge] = demoAccounts.kotakNeo;
const auth = createBrokerAuth({
  brokers: [nubra(), kotakNeo(), zerodha(), angelOne()],
  accounts: {
    main: {
      broker: "nubra",
      environment: "sandbox",
      baseUrl: sandbox.nubra.url,
      phone: main.phone,
      mpin: main.mpin,
      totpSecret: main.totpSecret,
    },
    hedge: {
      broker: "kotak-neo",
      environment: "sandbox",
      loginBaseUrl: sandbox.kotakNeo.loginUrl,
      accessToken: hedge.accessToken,
      mobileNumber: hedge.mobileNumber,
      ucc: hedge.ucc,
      mpin: hedge.mpin,
      totpSecret: hedge.totpSecret,
    },
    kite: sandbox.zerodha.accountInput("main"),
    angel: sandbox.angelOne.accountInput("main"),
  },
  store: memoryStore(),
});
try {
  await auth.login("kite", { redirect: ({ url }) => sandbox.zerodha.logInAtPage(url, "main") });
  const outcomes = await auth.loginAll();
  assert.deepEqual(
    outcomes.map(({ account, ok, error }) => [account, ok, error?.message]),
    [
      ["main", true, undefined],
      ["hedge", true, undefined],
      ["kite", true, undefined],
      ["angel", true, undefined],
    ],
  );
} finally {
  await auth.close();
  await sandbox.close();
}
