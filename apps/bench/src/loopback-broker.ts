import { originMark, type RecordedAnswer, type RecordedBrokers } from "./recorded-brokers.ts";
import { endProgram, nextMessage, startProgram } from "./source-program.ts";

/** A recorded answer on its way to the process that gives it. */
export interface LoopbackAnswer extends RecordedAnswer {
  readonly originMark?: string;
}

export type LoopbackOrder =
  | {
      readonly kind: "listen";
      readonly answers: Readonly<Record<string, LoopbackAnswer>>;
      readonly latenciesMs: readonly number[];
    }
  | { readonly kind: "count" }
  | { readonly kind: "clock"; readonly now: number };

export type LoopbackReport =
  | { readonly kind: "ports"; readonly ports: readonly number[] }
  | { readonly kind: "counts"; readonly counts: Readonly<Record<string, number>> }
  | { readonly kind: "clock" };

/** Both brokers in another process, behind one address for each latency. */
export interface LoopbackBroker extends AsyncDisposable {
  /** By latency, in the order they were given. */
  readonly origins: readonly string[];
  /** How often a call has arrived so far, such as `POST /verifypin`; without a call, how many of any kind. */
  count(call?: string): Promise<number>;
  /** Sets the brokers' clock, which stands still. Default: when the answers were recorded. */
  setClock(now: number): Promise<void>;
}

export async function startLoopbackBroker(
  answers: RecordedBrokers,
  latenciesMs: readonly number[] = [0],
): Promise<LoopbackBroker> {
  const server = startProgram("loopback-broker");
  const ask = async <Kind extends LoopbackReport["kind"]>(
    order: LoopbackOrder,
    kind: Kind,
  ): Promise<Extract<LoopbackReport, { kind: Kind }>> => {
    const answered = nextMessage<LoopbackReport>(server, (report) => report.kind === kind);
    server.send(order);
    return (await answered) as Extract<LoopbackReport, { kind: Kind }>;
  };
  const marked = Object.entries(answers).map(([call, answer]) => [call, { ...answer, originMark }] as const);
  const { ports } = await ask({ kind: "listen", answers: Object.fromEntries(marked), latenciesMs }, "ports");
  return {
    origins: ports.map((port) => `http://127.0.0.1:${port}`),
    async count(call) {
      const { counts } = await ask({ kind: "count" }, "counts");
      return call === undefined ? Object.values(counts).reduce((sum, count) => sum + count, 0) : (counts[call] ?? 0);
    },
    async setClock(now) {
      await ask({ kind: "clock", now }, "clock");
    },
    [Symbol.asyncDispose]: () => endProgram(server),
  };
}
