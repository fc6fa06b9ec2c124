// Gives back recorded answers from a process of its own, so that the server's work is not counted as the client's. It is sent the answers and the
// latencies, sends one port for each latency, and ends with its parent.
import { createServer, type RequestListener, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { startedAt } from "../accounts.ts";
import type { LoopbackAnswer, LoopbackOrder, LoopbackReport } from "../loopback-broker.ts";
import { reissued } from "../reissued.ts";

const counts: Record<string, number> = {};
let date: string | undefined;
let shiftMs = 0;
const moved = new Map<LoopbackAnswer, string>();
const say = (report: LoopbackReport): void => void process.send?.(report);

process.on("message", (order: LoopbackOrder) => {
  if (order.kind === "listen") return void listen(order.answers, order.latenciesMs);
  if (order.kind === "count") return say({ kind: "counts", counts });
  date = new Date(order.now).toUTCString();
  shiftMs = order.now - startedAt;
  moved.clear();
  return say({ kind: "clock" });
});
process.on("disconnect", () => process.exit());

async function listen(
  answers: Readonly<Record<string, LoopbackAnswer>>,
  latenciesMs: readonly number[],
): Promise<void> {
  const ports = await Promise.all(
    latenciesMs.map(
      (latencyMs) =>
        new Promise<number>((resolve) => {
          const server = createServer({ keepAliveTimeout: 120_000 }, answering(answers, latencyMs));
          server.listen(0, "127.0.0.1", () => resolve((server.address() as AddressInfo).port));
        }),
    ),
  );
  say({ kind: "ports", ports });
}

function answering(answers: Readonly<Record<string, LoopbackAnswer>>, latencyMs: number): RequestListener {
  return (request, response) => {
    const call = `${request.method} ${(request.url ?? "/").split("?", 1)[0]}`;
    counts[call] = (counts[call] ?? 0) + 1;
    const answer: LoopbackAnswer = answers[call] ?? { status: 404, headers: {}, body: "" };
    const origin = `http://127.0.0.1:${request.socket.localPort}`;
    request.resume().on("end", () => {
      if (latencyMs === 0) send(response, answer, origin);
      else setTimeout(send, latencyMs, response, answer, origin);
    });
  };
}

function send(response: ServerResponse, answer: LoopbackAnswer, origin: string): void {
  const { status, headers, originMark } = answer;
  const body = moved.get(answer) ?? reissued(answer.body, shiftMs);
  moved.set(answer, body);
  const bytes = Buffer.from(originMark === undefined ? body : body.replaceAll(originMark, origin));
  response.sendDate = false;
  response
    .writeHead(status, { ...headers, ...(date === undefined ? {} : { date }), "content-length": bytes.byteLength })
    .end(bytes);
}
