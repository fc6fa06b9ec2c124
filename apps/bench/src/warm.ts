import { memoryStore } from "@x/core";
import { accountsAt } from "./accounts.ts";
import { azurePolicy } from "./azure-policy.ts";
import { anchor, atLeast, type Bench, type Comparison, floor, ours, ratioAtMost } from "./bench.ts";
import { engine } from "./earlier-login.ts";
import { googleClient } from "./google-client.ts";
import { octokitApp } from "./octokit-app.ts";
import { recordBrokers, recordedFetch } from "./recorded-brokers.ts";
import { nanosecondsEach, takeTurns } from "./rounds.ts";
import { ratio } from "./sample.ts";

const origin = "http://127.0.0.1:9";

export const warm: Bench = {
  name: "warm",
  measures: "session(account) and headers(account) while a live session is at hand",
  async run({ scale }) {
    const calls = scale === "full" ? 100_000 : 1_000;
    const rounds = scale === "full" ? 40 : 3;
    const auth = engine({
      accounts: accountsAt(origin),
      store: memoryStore(),
      // The engine's own clock: the floor asks it as well. By OTP nothing has to wait for a time step.
      now: () => Date.now(),
      fetch: recordedFetch(await recordBrokers(), origin, { now: () => Date.now() }),
    });
    await auth.login("sms", { otp: () => "123456" });
    const expiresAt = Date.now() + 25_200_000;
    const held = new Map([["sms", { token: "invented", expiresAt }]]);
    const lookUp = (name: string): { token: string } | undefined => {
      const found = held.get(name);
      return found !== undefined && found.expiresAt - 60_000 > Date.now() ? found : undefined;
    };
    const lookUpLater = async (name: string): Promise<{ token: string } | undefined> => lookUp(name);
    const cached = Promise.resolve({ token: "invented" });
    const google = googleClient(async () => undefined);
    const azure = azurePolicy(async () => undefined);
    const octokit = octokitApp(async () => undefined);
    await Promise.all([google.getRequestHeaders(), azure.authorize(), octokit.hook()]);

    // Each loop is written out: one that is shared would be compiled for all of them and good for none.
    const samples = await takeTurns(
      {
        "session()": async () => {
          const started = performance.now();
          for (let call = 0; call < calls; call++) await auth.session("sms");
          return nanosecondsEach(started, calls);
        },
        "headers()": async () => {
          const started = performance.now();
          for (let call = 0; call < calls; call++) await auth.headers("sms");
          return nanosecondsEach(started, calls);
        },
        "look-up": () => {
          const started = performance.now();
          let found = 0;
          for (let call = 0; call < calls; call++) found += lookUp("sms") === undefined ? 0 : 1;
          if (found !== calls) throw new Error("the session has ended");
          return nanosecondsEach(started, calls);
        },
        "look-up, awaited": async () => {
          const started = performance.now();
          for (let call = 0; call < calls; call++) await lookUpLater("sms");
          return nanosecondsEach(started, calls);
        },
        "cached promise": async () => {
          const started = performance.now();
          for (let call = 0; call < calls; call++) await cached;
          return nanosecondsEach(started, calls);
        },
        azure: async () => {
          const started = performance.now();
          for (let call = 0; call < calls; call++) await azure.authorize();
          return nanosecondsEach(started, calls);
        },
        "octokit hook": async () => {
          const started = performance.now();
          for (let call = 0; call < calls / 10; call++) await octokit.hook();
          return nanosecondsEach(started, calls / 10);
        },
        "octokit token": async () => {
          const started = performance.now();
          for (let call = 0; call < calls / 10; call++) await octokit.token();
          return nanosecondsEach(started, calls / 10);
        },
        google: async () => {
          const started = performance.now();
          for (let call = 0; call < calls / 10; call++) await google.getRequestHeaders();
          return nanosecondsEach(started, calls / 10);
        },
      },
      { rounds, warmUp: 3 },
    );
    await auth.close();

    const floors = [
      floor("Map look-up with expiry check, awaited", samples["look-up, awaited"]),
      floor("the same, not awaited", samples["look-up"]),
      floor("a promise made once, awaited", samples["cached promise"]),
    ];
    const withHeaders = [
      ["@azure/core-rest-pipeline, bearer token policy", samples.azure],
      ["@octokit/auth-app, hook", samples["octokit hook"]],
      ["google-auth-library, getRequestHeaders()", samples.google],
    ] as const;
    const comparisons: readonly Comparison[] = [
      {
        what: "session(account)",
        unit: "ns",
        figures: [
          ours("session(account), awaited", samples["session()"]),
          ...floors,
          anchor("@octokit/auth-app, installation token", samples["octokit token"]),
        ],
        goals: [ratioAtMost("x the awaited look-up", samples["session()"], samples["look-up, awaited"], 1.3)],
      },
      {
        what: "headers(account)",
        unit: "ns",
        figures: [
          ours("headers(account), awaited", samples["headers()"]),
          ...floors,
          ...withHeaders.map(([name, sample]) => anchor(name, sample)),
        ],
        goals: [
          ratioAtMost("x the awaited look-up", samples["headers()"], samples["look-up, awaited"], 1.3),
          ...withHeaders.map(([name, sample]) =>
            atLeast(`x cheaper than ${name}`, ratio(sample, samples["headers()"]), 5),
          ),
        ],
      },
    ];
    return comparisons;
  },
};
