import { providerConformance, testIo } from "@x/core/testing";
import { describe, it } from "vitest";
import { demoApp, demoCustomers } from "./sandbox/sandbox.ts";
import { openBench, pageOf } from "./testing/bench.ts";

describe("the example broker", () => {
  providerConformance({ describe, it }, async () => {
    const { provider, account, sandbox, clock, ...bench } = await openBench();
    return {
      provider,
      account: { ...account },
      otherAccount: { ...account, userId: demoCustomers[1] },
      markers: [demoApp.apiKey, demoApp.apiSecret, demoCustomers[0]],
      io: (options) => testIo({ clock, ...options }),
      answer: (challenge) => sandbox.logInAtPage(pageOf({ kind: "challenge", challenge })),
      endSessions: () => sandbox.endSessions(demoCustomers[0]),
      // The journal leaves the browser out: a person at the login page is no request of the adapter.
      arrived: () => sandbox.journal.arrivals.length,
      cleanup: async () => bench[Symbol.asyncDispose](),
    };
  });
});
