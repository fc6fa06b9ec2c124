/** What is mutated, by package: the engine, the two classifiers and the envelope of stored records. Texts only where `strings` says so. */
export const subjects = {
  core: {
    files: [
      "src/engine/account.ts",
      "src/engine/account-lock.ts",
      "src/engine/account-login.ts",
      "src/engine/account-session.ts",
      "src/engine/account-turn.ts",
      "src/record/attempt-ledger.ts",
      "src/engine/attempt-run.ts",
      "src/requests/authorized-fetch.ts",
      "src/engine/backoff.ts",
      "src/engine/broker-clock.ts",
      "src/engine/clock-offset.ts",
      "src/engine/eviction.ts",
      "src/engine/failure-notice.ts",
      "src/engine/login-run.ts",
      "src/engine/minting-limit.ts",
      "src/engine/session-doubt.ts",
      "src/engine/session-reach.ts",
      "src/record/account-repository.ts",
      "src/record/attempt-opening.ts",
      "src/record/attempt-settlement.ts",
      "src/record/guarded-store.ts",
      "src/record/login-pause.ts",
    ],
    tests: ["src/**/*.test.ts"],
  },
  nubra: { files: ["src/failures.ts", "src/verdict.ts"], strings: true },
  "kotak-neo": { files: ["src/failures.ts", "src/verdict.ts"], strings: true },
  // The tests of permissions change the user, which only a whole process can.
  stores: { files: ["src/envelope.ts"], tests: ["src/envelope.test.ts", "src/encrypted-store.test.ts"] },
};
