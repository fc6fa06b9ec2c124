import { memoryStore, type TokenStore } from "@x/core";
import { accountsAt, laterAt, startedAt } from "./accounts.ts";
import { axiosLogin } from "./axios-login.ts";
import type { BareLogin } from "./bare-login.ts";
import { anchor, atMost, type Bench, type Comparison, floor, ours, ratioAtMost } from "./bench.ts";
import { type BenchAuth, earlierLogin, engine, storeAfter } from "./earlier-login.ts";
import { fetchLogin } from "./fetch-login.ts";
import { kyLogin } from "./ky-login.ts";
import { type LoopbackBroker, startLoopbackBroker } from "./loopback-broker.ts";
import { recordBrokers } from "./recorded-brokers.ts";
import { takeTurns, timed } from "./rounds.ts";
import { less, median, ratio, type Sample } from "./sample.ts";

interface Flow {
  readonly name: string;
  readonly trips: number;
  readonly bare: keyof BareLogin;
  readonly store: () => Promise<TokenStore>;
  readonly run: (auth: BenchAuth) => Promise<unknown>;
}

// Above this the line takes so much longer than the programs that the total says more than the difference.
const farMs = 50;

export const login: Bench = {
  name: "login",
  measures: "one login against the sum of its round trips; memory store, clock offset known, warm connections",
  async run({ scale }) {
    const latenciesMs = scale === "full" ? [0, 20, farMs] : [0, 1];
    await using broker = await startLoopbackBroker(await recordBrokers(), latenciesMs);
    const comparisons: Comparison[] = [];
    for (const [index, latencyMs] of latenciesMs.entries()) {
      const rounds = scale === "full" ? (latencyMs === 0 ? 150 : 25) : 2;
      comparisons.push(...(await atLatency(broker, broker.origins[index] ?? "", latencyMs, rounds)));
    }
    return comparisons;
  },
};

async function atLatency(
  broker: LoopbackBroker,
  origin: string,
  latencyMs: number,
  rounds: number,
): Promise<Comparison[]> {
  const accounts = accountsAt(origin);
  await broker.setClock(startedAt);
  const loggedOut = await earlierLogin("main", { accounts }, false);
  const byOtp = await earlierLogin("sms", { accounts }, false);
  const renewable = await earlierLogin("main", { accounts }, true);
  const hedge = await earlierLogin("hedge", { accounts }, false);
  await broker.setClock(laterAt);
  const flows: readonly Flow[] = [
    {
      name: "Nubra by TOTP",
      trips: 2,
      bare: "nubraByTotp",
      store: () => storeAfter(loggedOut),
      run: (auth) => auth.session("main"),
    },
    {
      name: "Nubra by renewal",
      trips: 1,
      bare: "nubraByRenewal",
      store: () => storeAfter(renewable),
      run: (auth) => auth.session("main"),
    },
    {
      name: "Nubra by OTP",
      trips: 3,
      bare: "nubraByOtp",
      store: () => storeAfter(byOtp),
      run: (auth) => auth.login("sms", { otp: () => "123456" }),
    },
    {
      name: "Kotak Neo by TOTP",
      trips: 2,
      bare: "kotakNeoByTotp",
      store: () => storeAfter(hedge),
      run: (auth) => auth.session("hedge"),
    },
  ];
  const our = async (store: TokenStore, run: (auth: BenchAuth) => Promise<unknown>): Promise<number> => {
    await using auth = engine({ accounts, store, now: () => laterAt });
    // Awaited here: the engine is closed when this function is left.
    return await timed(() => run(auth));
  };
  const byFetch = fetchLogin(accounts);
  const byKy = kyLogin(accounts);
  const byAxios = axiosLogin(accounts);

  const comparisons: Comparison[] = [];
  for (const flow of flows) {
    const samples = await takeTurns(
      {
        ours: async () => our(await flow.store(), flow.run),
        first: async () => our(memoryStore(), flow.run),
        fetch: () => timed(() => byFetch[flow.bare](origin)),
        ky: () => timed(() => byKy[flow.bare](origin)),
        axios: () => timed(() => byAxios[flow.bare](origin)),
      },
      { rounds, warmUp: 3 },
    );
    const before = await broker.count();
    await our(await flow.store(), flow.run);
    comparisons.push(loginComparison(flow, latencyMs, samples, (await broker.count()) - before));
  }
  const samples = await takeTurns(
    {
      both: async () => our(await storeAfter(loggedOut, hedge), both),
      main: async () => our(await storeAfter(loggedOut), (auth) => auth.session("main")),
      hedge: async () => our(await storeAfter(hedge), (auth) => auth.session("hedge")),
      fetch: () => timed(() => Promise.all([byFetch.nubraByTotp(origin), byFetch.kotakNeoByTotp(origin)])),
    },
    { rounds, warmUp: 3 },
  );
  const slower = median(samples.main) > median(samples.hedge) ? samples.main : samples.hedge;
  comparisons.push({
    what: `both brokers in parallel, ${latencyMs} ms latency`,
    unit: "ms",
    figures: [
      ours("both", samples.both),
      ours("Nubra alone", samples.main),
      ours("Kotak Neo alone", samples.hedge),
      floor("both, by bare fetch", samples.fetch),
    ],
    // Two programs' worth of work on one thread shows as long as there is no line to wait for.
    goals: latencyMs === farMs ? [ratioAtMost("x the slower one alone", samples.both, slower, 1.05)] : [],
  });
  return comparisons;
}

function both(auth: BenchAuth): Promise<unknown> {
  return Promise.all([auth.session("main"), auth.session("hedge")]);
}

function loginComparison(
  { name, trips, bare }: Flow,
  latencyMs: number,
  samples: Readonly<Record<"ours" | "first" | "fetch" | "ky" | "axios", Sample>>,
  calls: number,
): Comparison {
  const line = trips * latencyMs;
  const beyond = (sample: Sample): string => `+ ${median(less(sample, line)).toFixed(2)} ms`;
  const goals = [
    atMost("calls that arrived at the broker", calls, trips),
    atMost(
      "x what bare fetch takes beyond the round trips",
      line === 0
        ? ratio(samples.ours, samples.fetch)
        : median(less(samples.ours, line)) / median(less(samples.fetch, line)),
      1.3,
    ),
    ...(latencyMs === farMs ? [atMost("x the sum of the round trips", median(samples.ours) / line, 1.05)] : []),
  ];
  return {
    what: `${name}: ${trips} x ${latencyMs} ms latency`,
    unit: "ms",
    figures: [
      ours("login", samples.ours, beyond(samples.ours)),
      // There is nothing to renew at a first login.
      ...(bare === "nubraByRenewal" ? [] : [ours("a first login, which asks for the clock as well", samples.first)]),
      floor("bare fetch, same calls", samples.fetch, beyond(samples.fetch)),
      anchor("ky + zod/mini + otplib", samples.ky, beyond(samples.ky)),
      anchor("axios + otplib", samples.axios, beyond(samples.axios)),
    ],
    goals,
  };
}
