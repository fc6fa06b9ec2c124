import { memoryStore } from "@x/core";
import { OAuth2Client } from "google-auth-library";
import { KiteConnect } from "kiteconnect";
import ky from "ky";
import { accountsAt, startedAt } from "./accounts.ts";
import { anchor, type Bench, type Comparison, floor, ours, ratioAtMost } from "./bench.ts";
import { engine } from "./earlier-login.ts";
import { startLoopbackBroker } from "./loopback-broker.ts";
import { recordBrokers } from "./recorded-brokers.ts";
import { microsecondsEach, takeTurns } from "./rounds.ts";

// About 2 kB, as a report of a few positions has. The first two fields are what Kotak Neo and Kite put around their data.
const reportBody = JSON.stringify({
  stat: "Ok",
  status: "success",
  data: Array.from({ length: 12 }, (_, index) => ({
    symbol: `INVENTED-${index}`,
    exchange: "nse_cm",
    product: "CNC",
    quantity: 10 + index,
    averagePrice: 10_150.25,
    lastPrice: 10_160.5,
    orderNumber: `26010100000${index}`,
  })),
});
const report = { status: 200, headers: { "content-type": "application/json" }, body: reportBody };
const holdings = "/portfolio/holdings";
const positions = "/quick/user/positions";

export const fetchBench: Bench = {
  name: "fetch",
  measures: "an authorised request on loopback with keep-alive, its JSON read by the caller",
  async run({ scale }) {
    const answers = { ...(await recordBrokers()), [`GET ${holdings}`]: report, [`GET ${positions}`]: report };
    await using broker = await startLoopbackBroker(answers);
    const origin = broker.origins[0] ?? "";
    await using auth = engine({ accounts: accountsAt(origin), store: memoryStore(), now: () => startedAt });
    await auth.loginAll();
    const [nubraHeaders, kotakNeoHeaders] = await Promise.all([auth.headers("main"), auth.headers("hedge")]);
    const google = new OAuth2Client();
    google.setCredentials({ access_token: "invented", expiry_date: Date.now() + 25_200_000 });
    const kite = new KiteConnect({ api_key: "invented", root: origin });
    kite.setAccessToken("invented");

    const bare = async (path: string, headers: Readonly<Record<string, string>>): Promise<unknown> => {
      const response = await fetch(origin + path, { headers, redirect: "manual" });
      return response.json();
    };
    const contenders: Readonly<Record<string, () => Promise<unknown>>> = {
      status: async () => (await auth.fetch("main", holdings)).json(),
      body: async () => (await auth.fetch("hedge", positions)).json(),
      fetch: () => bare(holdings, nubraHeaders),
      "fetch, Kotak Neo": () => bare(positions, kotakNeoHeaders),
      ky: () => ky.get(origin + holdings, { headers: nubraHeaders, retry: 0 }).json(),
      google: async () => (await google.request({ url: origin + holdings })).data,
      kite: () => kite.getHoldings(),
    };

    const comparisons: Comparison[] = [];
    for (const atOnce of [1, 32]) {
      const calls = scale === "full" ? (atOnce === 1 ? 40 : 160) : atOnce;
      const samples = await takeTurns(
        Object.fromEntries(
          Object.entries(contenders).map(([name, call]) => [name, () => inFlight(atOnce, calls, call)]),
        ) as Record<"status" | "body" | "fetch" | "fetch, Kotak Neo" | "ky" | "google" | "kite", () => Promise<number>>,
        { rounds: scale === "full" ? 200 : 2, warmUp: scale === "full" ? 20 : 1 },
      );
      const others = [
        anchor("ky", samples.ky),
        anchor("google-auth-library, request()", samples.google),
        anchor("kiteconnect, getHoldings()", samples.kite),
      ];
      comparisons.push(
        {
          what: `verdict by status (Nubra), ${atOnce} in flight`,
          unit: "us",
          figures: [ours("auth.fetch()", samples.status), floor("bare fetch", samples.fetch), ...others],
          goals: [ratioAtMost("x bare fetch", samples.status, samples.fetch, 1.1)],
        },
        {
          what: `verdict by body (Kotak Neo), ${atOnce} in flight`,
          unit: "us",
          figures: [ours("auth.fetch()", samples.body), floor("bare fetch", samples["fetch, Kotak Neo"]), ...others],
          goals: [ratioAtMost("x bare fetch", samples.body, samples["fetch, Kotak Neo"], 1.2)],
        },
      );
    }
    return comparisons;
  },
};

/** Microseconds for each of so many calls, of which as many as allowed are always on their way. */
async function inFlight(atOnce: number, calls: number, call: () => Promise<unknown>): Promise<number> {
  let left = calls;
  const started = performance.now();
  const caller = async (): Promise<void> => {
    while (left > 0) {
      left -= 1;
      await call();
    }
  };
  await Promise.all(Array.from({ length: atOnce }, caller));
  return microsecondsEach(started, calls);
}
