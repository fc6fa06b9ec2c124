import { fakeClock, type ProviderBench, providerConformance, testIo } from "@x/core/testing";
import { createSandboxClock, demoAccounts, startNubraSandbox } from "@x/sandbox";
import { describe, it } from "vitest";
import { nubra } from "./provider.ts";
import { startedAt } from "./testing/answers.ts";

const [main, sms] = demoAccounts.nubra;

async function bench(unattended: boolean): Promise<ProviderBench> {
  const clock = fakeClock(startedAt);
  const sandbox = await startNubraSandbox({ clock: createSandboxClock({ now: () => clock.now() }) });
  const known = unattended ? main! : sms!;
  const { name, phone, mpin } = known;
  const totp = known.totpSecret === undefined ? {} : { totpSecret: known.totpSecret };
  const where = { environment: "sandbox", baseUrl: sandbox.url };
  return {
    provider: nubra(),
    account: { phone, mpin, ...totp, ...where },
    otherAccount: { phone: "9000000099", mpin, ...where },
    markers: [phone, ...Object.values(totp)],
    io: (options) => testIo({ clock, ...options }),
    // The MPIN too, where the kit takes it out of the account.
    answer: ({ kind }) => (kind === "otp" ? (sandbox.inbox(name).at(-1)?.code ?? "246810") : mpin),
    endSessions: () => sandbox.endSessions(name),
    arrived: () => sandbox.journal.count(),
    cleanup: () => sandbox.close(),
  };
}

describe("Nubra by TOTP", () => {
  providerConformance({ describe, it }, () => bench(true));
});
describe("Nubra by OTP", () => {
  providerConformance({ describe, it }, () => bench(false));
});
