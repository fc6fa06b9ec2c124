/** What is mutated, by package: the engine, the two classifiers and the envelope of stored records. Texts only where `strings` says so. */
export const subjects = {
  core: {
    files: [
      "src/account.ts",
      "src/account-login.ts",
      "src/account-session.ts",
      "src/attempt-ledger.ts",
      "src/attempt-run.ts",
      "src/authorized-fetch.ts",
      "src/backoff.ts",
      "src/clock-offset.ts",
      "src/early-endings.ts",
      "src/login-run.ts",
      "src/session-reach.ts",
      "src/stored-account.ts",
    ],
    tests: ["src/*.test.ts"],
  },
  nubra: { files: ["src/failures.ts", "src/verdict.ts"], strings: true },
  "kotak-neo": { files: ["src/failures.ts", "src/verdict.ts"], strings: true },
  // The tests of permissions change the user, which only a whole process can.
  stores: { files: ["src/envelope.ts"], tests: ["src/envelope.test.ts", "src/encrypted-store.test.ts"] },
};
