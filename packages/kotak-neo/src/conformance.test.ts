import { fakeClock, providerConformance, testIo } from "@x/core/testing";
import { createSandboxClock, demoAccounts, startKotakNeoSandbox } from "@x/sandbox";
import { describe, it } from "vitest";
import type { KotakNeoApi } from "./endpoints.ts";
import { kotakNeo } from "./provider.ts";

const [hedge, spare] = demoAccounts.kotakNeo;

describe.each(["trade-api", "totp-v6"] as const)("Kotak Neo by %s", (api: KotakNeoApi) => {
  providerConformance({ describe, it }, async () => {
    // 2031-03-03 09:00 IST, ten seconds into a TOTP step and in the middle of a second.
    const clock = fakeClock(Date.UTC(2031, 2, 3, 3, 30, 10, 500));
    const sandbox = await startKotakNeoSandbox({ api, clock: createSandboxClock({ now: () => clock.now() }) });
    const where = { environment: "sandbox", loginBaseUrl: sandbox.loginUrl };
    const account = (known: typeof hedge) => {
      const { accessToken, mobileNumber, ucc, mpin, totpSecret } = known!;
      return { accessToken, mobileNumber, ucc, mpin, totpSecret, ...where };
    };
    // Not "hedge": its UCC is the example of the documentation, which the adapter repeats in its descriptions.
    const { accessToken, mobileNumber, ucc, mpin, totpSecret } = spare!;
    return {
      provider: kotakNeo({ api }),
      account: account(spare),
      otherAccount: account(hedge),
      markers: [accessToken, mobileNumber, ucc, mpin, totpSecret],
      io: (options) => testIo({ clock, ...options }),
      answer: ({ kind }) => (kind === "totp" ? sandbox.totpCode("spare") : mpin),
      endSessions: () => clock.advance(86_400_000),
      arrived: () => sandbox.journal.count(),
      cleanup: () => sandbox.close(),
    };
  });
});
