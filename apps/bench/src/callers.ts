import { accountsAt, laterAt } from "./accounts.ts";
import { azurePolicy } from "./azure-policy.ts";
import { anchor, atMost, type Bench, type Figure, floor, ours, ratioAtMost } from "./bench.ts";
import { earlierLogin, engine, storeAfter } from "./earlier-login.ts";
import { googleClient } from "./google-client.ts";
import { octokitApp } from "./octokit-app.ts";
import { recordBrokers, recordedFetch } from "./recorded-brokers.ts";
import { takeTurns, timed } from "./rounds.ts";
import type { Sample } from "./sample.ts";

const origin = "http://127.0.0.1:9";
const loginMs = 50;

export const callers: Bench = {
  name: "callers",
  measures: `callers of an account without a session, whose login takes ${loginMs} ms`,
  async run({ scale }) {
    const count = scale === "full" ? 10_000 : 100;
    const rounds = scale === "full" ? 15 : 2;
    const brokers = await recordBrokers();
    const accounts = accountsAt(origin);
    const earlier = await earlierLogin("main", { accounts, fetch: recordedFetch(brokers, origin) }, false);
    // How many logins a contender has made in its last round.
    const logins: Record<string, number> = {};
    const login = async (who: string): Promise<void> => {
      logins[who] = (logins[who] ?? 0) + 1;
      await new Promise((resolve) => setTimeout(resolve, loginMs));
    };
    const stampede = (who: string, call: (index: number) => Promise<unknown>): Promise<number> => {
      logins[who] = 0;
      return timed(() => Promise.all(Array.from({ length: count }, (_, index) => call(index))));
    };

    const our = async (
      who: string,
      options: (index: number) => { signal: AbortSignal } | undefined,
    ): Promise<number> => {
      // The call that mints the session is the slow one.
      const waitMs = (call: string): number => {
        if (call !== "POST /verifypin") return 0;
        logins[who] = (logins[who] ?? 0) + 1;
        return loginMs;
      };
      const store = await storeAfter(earlier);
      const auth = engine({
        accounts,
        store,
        now: () => laterAt,
        fetch: recordedFetch(brokers, origin, { waitMs, now: () => laterAt }),
      });
      try {
        return await stampede(who, (index) => auth.session("main", options(index)));
      } finally {
        await auth.close();
      }
    };

    const samples = await takeTurns(
      {
        "no signal": () => our("no signal", () => undefined),
        "with signals": () => {
          const signals = Array.from({ length: count }, () => ({ signal: new AbortController().signal }));
          return our("with signals", (index) => signals[index]);
        },
        "shared promise": () => {
          let shared: Promise<void> | undefined;
          return stampede("shared promise", async () => (shared ??= login("shared promise")));
        },
        azure: () => {
          const azure = azurePolicy(() => login("azure"));
          return stampede("azure", () => azure.authorize());
        },
        octokit: () => {
          const octokit = octokitApp(() => login("octokit"));
          return stampede("octokit", () => octokit.token());
        },
        google: () => {
          const google = googleClient(() => login("google"));
          return stampede("google", () => google.getRequestHeaders());
        },
      },
      { rounds, warmUp: 2 },
    );

    const counted = (who: string): string => `${logins[who]} ${logins[who] === 1 ? "login" : "logins"}`;
    const figure = (
      make: (name: string, sample: Sample, note?: string) => Figure,
      name: string,
      who: keyof typeof samples,
    ) => make(name, samples[who], counted(who));
    return [
      {
        what: `${count} callers at once`,
        unit: "ms",
        figures: [
          figure(ours, "session(account)", "no signal"),
          figure(ours, "session(account), each with a signal of its own", "with signals"),
          figure(floor, "one shared promise", "shared promise"),
          figure(anchor, "@azure/core-rest-pipeline, bearer token policy", "azure"),
          figure(anchor, "@octokit/auth-app, installation token", "octokit"),
          figure(anchor, "google-auth-library, refreshHandler", "google"),
        ],
        goals: [
          atMost("logins", Math.max(logins["no signal"] ?? 0, logins["with signals"] ?? 0), 1),
          ratioAtMost("x the shared promise", samples["no signal"], samples["shared promise"], 1.15),
          ratioAtMost(
            "x the shared promise, with a signal each",
            samples["with signals"],
            samples["shared promise"],
            1.15,
          ),
        ],
      },
    ];
  },
};
