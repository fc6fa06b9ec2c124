import { mkdtemp } from "node:fs/promises";
import { join } from "node:path";
import type { StoreAddress } from "../../../packages/stores/src/testing/store-address.ts";
import { type Comparison, floor, ours, ratioAtMost } from "./bench.ts";
import { startLoopbackBroker } from "./loopback-broker.ts";
import { recordBrokers } from "./recorded-brokers.ts";
import { endProgram, nextMessage, startProgram } from "./source-program.ts";

export type TogetherOrder =
  | { readonly kind: "open"; readonly address: StoreAddress; readonly origin: string; readonly accounts: number }
  | { readonly kind: "log in" };

export type TogetherReport =
  | { readonly kind: "ready" }
  | {
      readonly kind: "done";
      /** What `process.hrtime` showed when all sessions were there, and when the last login of this program was through; counts alike in all processes. */
      readonly at: string;
      readonly loggedInAt: string;
      readonly logins: number;
      readonly cpuMs: number;
    };

interface Round {
  /** Until every program has all of its sessions. */
  readonly ms: number;
  /** Until the last login was through. */
  readonly loginsMs: number;
  readonly logins: number;
  readonly cpuMs: number;
}

/** Where the programs of one round meet. */
export type FreshAddress = (round: number) => StoreAddress | Promise<StoreAddress>;

// As a broker on the internet answers.
const latencyMs = 50;

/**
 * Many programs that want the sessions of the same accounts at the same moment, against one program that logs in to as many accounts. All of them
 * share this machine, which fifty machines do not: what each program does for itself is told beside it.
 */
export async function loginsTogether(
  name: string,
  address: FreshAddress,
  scale: "short" | "full",
): Promise<readonly Comparison[]> {
  const [programs, accounts, rounds] = scale === "full" ? [50, 20, 3] : [2, 2, 1];
  await using broker = await startLoopbackBroker(await recordBrokers(), [scale === "full" ? latencyMs : 0]);
  const [origin = ""] = broker.origins;
  const all = Array.from({ length: programs }, () => startProgram("log-in-together"));
  try {
    await Promise.all(all.map((one) => nextMessage<TogetherReport>(one, ({ kind }) => kind === "ready")));
    const round = async (number: number, taking: typeof all): Promise<Round> => {
      const order: TogetherOrder = { kind: "open", address: await address(number), origin, accounts };
      await answersOf(taking, order, "ready");
      const begun = process.hrtime.bigint();
      const reports = (await answersOf(taking, { kind: "log in" }, "done")).filter((one) => one.kind === "done");
      const latest = (of: "at" | "loggedInAt"): number =>
        Math.max(...reports.map((report) => Number(BigInt(report[of]) - begun) / 1e6));
      const sum = (of: "logins" | "cpuMs"): number => reports.reduce((total, report) => total + report[of], 0);
      return { ms: latest("at"), loginsMs: latest("loggedInAt"), logins: sum("logins"), cpuMs: sum("cpuMs") };
    };
    const [alone, together]: [Round[], Round[]] = [[], []];
    // The first round is for what is loaded and compiled once.
    for (let number = 0; number <= rounds; number++) {
      const one = await round(number * 2, all.slice(0, 1));
      const many = await round(number * 2 + 1, all);
      if (number === 0) continue;
      alone.push(one);
      together.push(many);
    }
    const wrong = together.find(({ logins }) => logins !== accounts);
    if (wrong !== undefined) throw new Error(`${wrong.logins} logins for ${accounts} accounts`);
    const of = (measured: readonly Round[], what: keyof Round): number[] => measured.map((one) => one[what]);
    const cpu = (measured: readonly Round[]): string =>
      `${Math.round(of(measured, "cpuMs").reduce((total, ms) => total + ms, 0) / measured.length)} ms of processors`;
    return [
      {
        what: `${programs} programs log in to ${accounts} accounts, ${name}`,
        unit: "ms",
        figures: [
          ours("until all of them have all sessions", of(together, "ms"), cpu(together)),
          ours("until the last login is through", of(together, "loginsMs"), `${accounts} logins`),
          floor("one program that does the same logins", of(alone, "ms"), cpu(alone)),
        ],
        goals: [
          ratioAtMost("x one program, all sessions", of(together, "ms"), of(alone, "ms"), 1.15),
          ratioAtMost("x one program, the logins", of(together, "loginsMs"), of(alone, "ms"), 1.15),
        ],
      },
    ];
  } finally {
    await Promise.all(all.map(endProgram));
  }
}

/** A directory of its own for each round. */
export function directories(parent: string): FreshAddress {
  return async () => ({ kind: "sqlite", directory: join(await mkdtemp(join(parent, "together-")), "records") });
}

async function answersOf(
  programs: readonly ReturnType<typeof startProgram>[],
  order: TogetherOrder,
  kind: TogetherReport["kind"],
): Promise<readonly TogetherReport[]> {
  const answers = programs.map((one) => nextMessage<TogetherReport>(one, (report) => report.kind === kind));
  for (const one of programs) one.send(order);
  return Promise.all(answers);
}
