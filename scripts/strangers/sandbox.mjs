import assert from "node:assert/strict";
import { createBrokerAuth, memoryStore } from "@x/core";
import { kotakNeo } from "@x/kotak-neo";
import { nubra } from "@x/nubra";
import { demoAccounts, startSandbox } from "@x/sandbox";

// Both brokers' logins, end to end, through nothing but published files.
const sandbox = await startSandbox();
const [main] = demoAccounts.nubra;
const [hedge] = demoAccounts.kotakNeo;
const auth = createBrokerAuth({
  brokers: [nubra(), kotakNeo()],
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
  },
  store: memoryStore(),
});
try {
  const outcomes = await auth.loginAll();
  assert.deepEqual(
    outcomes.map(({ account, ok, error }) => [account, ok, error?.message]),
    [
      ["main", true, undefined],
      ["hedge", true, undefined],
    ],
  );
} finally {
  await auth.close();
  await sandbox.close();
}
