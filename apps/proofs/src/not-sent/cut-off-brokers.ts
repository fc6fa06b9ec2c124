import { once } from "node:events";
import { createServer } from "node:http";
import { connect, type Socket } from "node:net";
import { createSandboxClock, startSandbox } from "@x/sandbox";
import { makeCertificates } from "../../../../packages/stores/src/testing/certificates.ts";
import type { Front, FrontPlan } from "./cut-off-front.ts";
import type { CutOffPlan } from "./cut-off-program.ts";
import { listenLocally } from "../harness/local-server.ts";
import type { ProofContext } from "../harness/proof.ts";
import { type Worker, WorkerGroup } from "../workers/worker-group.ts";

/** Both brokers behind TLS and a proxy, which a program on any runtime has cut off and opened again. */
export interface CutOffBrokers extends AsyncDisposable {
  readonly plan: Omit<CutOffPlan, "ways">;
  readonly proxy: string;
  /** The file of the authority that a runtime has to trust. */
  readonly authority: string;
  /** Orders that have come to the brokers so far. */
  orders(): number;
}

const front = new URL("./cut-off-front.ts", import.meta.url);

export async function openCutOffBrokers(context: Pick<ProofContext, "directory">): Promise<CutOffBrokers> {
  let aheadMs = 0;
  const sandbox = await startSandbox({ clock: createSandboxClock({ now: () => Date.now() + aheadMs }) });
  const group = new WorkerGroup(context);
  const [trusted, other] = [makeCertificates(), makeCertificates()];
  const { nubra, kotakNeo } = sandbox;
  const plan: FrontPlan = {
    targets: [nubra.url, kotakNeo.loginUrl, kotakNeo.tradingUrl],
    certificates: {
      good: trusted,
      "other-name": trusted.issue("DNS:broker.invalid"),
      expired: trusted.issue("IP:127.0.0.1", -1),
      "not-trusted": other,
    },
  };
  const [worker] = (await group.crew<Front>(1, front, plan)) as [Worker<Front>];
  const ports = await worker.ask("ports");
  const [doors, proxy] = [ports.slice(0, -1), ports.at(-1)];
  const [main = "", login = "", trading = ""] = doors.map((port) => `https://127.0.0.1:${port}`);
  kotakNeo.scenarios.set("*", { name: "bad-base-url", url: trading });
  const switched = switchOf(worker, doors);

  const control = createServer((request, response) => {
    const { pathname, searchParams } = new URL(request.url ?? "", "http://localhost");
    if (pathname === "/ahead") aheadMs += Number(searchParams.get("ms"));
    const done = pathname === "/way" ? switched(searchParams.get("name") ?? "") : Promise.resolve();
    done.then(
      // The program waits until none of its connections is left.
      () => response.setHeader("connection", "close").end(String(aheadMs)),
      (error: unknown) => response.writeHead(500).end(String(error)),
    );
  });
  // By name, so that a proxy can be told to leave it out.
  const { url, [Symbol.asyncDispose]: closeControl } = await listenLocally(control, "localhost");

  return {
    plan: {
      accounts: {
        main: { ...sandbox.nubra.accountInput("main"), baseUrl: main },
        hedge: { ...sandbox.kotakNeo.accountInput("hedge"), loginBaseUrl: login },
      },
      control: url,
    },
    proxy: `http://user:secret@127.0.0.1:${proxy}`,
    authority: trusted.authorityFile,
    orders: () => sandbox.journal.count({ step: ["order", "place-order"] }),
    async [Symbol.asyncDispose]() {
      await closeControl();
      worker.kill("SIGCONT");
      await group[Symbol.asyncDispose]();
      await sandbox.close();
      for (const made of [trusted, other]) made.remove();
    },
  };
}

/** What makes a way hold. Where packets are dropped, the process that would take connections is stopped, and its queues are filled. */
function switchOf(worker: Worker<Front>, doors: readonly number[]): (way: string) => Promise<void> {
  let waiting: Socket[] = [];
  return async (way) => {
    for (const socket of waiting) socket.destroy();
    waiting = [];
    worker.kill("SIGCONT");
    await worker.ask("goBy", way);
    if (way !== "packets-dropped") return;
    worker.kill("SIGSTOP");
    for (const port of doors) waiting.push(...(await filled(port)));
  };
}

async function filled(port: number): Promise<Socket[]> {
  const sockets: Socket[] = [];
  for (;;) {
    const socket = connect(port, "127.0.0.1").on("error", () => undefined);
    sockets.push(socket);
    const taken = await Promise.race([
      once(socket, "connect").then(() => true),
      new Promise<boolean>((resolve) => setTimeout(resolve, 200, false)),
    ]);
    if (!taken) return sockets;
    if (sockets.length > 64) throw new Error("the queue of a stopped server does not fill");
  }
}
