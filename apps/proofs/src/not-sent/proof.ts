import { fileURLToPath } from "node:url";
import { bundled } from "../workers/bundle.ts";
import { linesOf } from "../workers/lines.ts";
import { type CutOffBrokers, openCutOffBrokers } from "./cut-off-brokers.ts";
import type { CutOffCall, CutOffPlan } from "./cut-off-program.ts";
import { arrivals, type CutOff, cutOffs } from "./cut-off.ts";
import {
  atLeast,
  counted,
  exactly,
  none,
  type Proof,
  type ProofContext,
  type ProofRow,
  told,
} from "../harness/proof.ts";

/** Something that runs the program. */
interface Runtime {
  readonly title: string;
  /** Its command line up to the program's argument, or why it cannot be had. */
  readonly command: readonly string[] | string;
  readonly variables: Readonly<Record<string, string>>;
}

const program = fileURLToPath(new URL("./cut-off-program.ts", import.meta.url));
const runtimesScript = fileURLToPath(new URL("../../../../scripts/web-runtimes.mjs", import.meta.url));

export const proof: Proof = {
  promises: ["P2", "P11"],
  bar: "nothing leaves the machine (no address, connection, TLS, tunnel or descriptor), at both brokers, at a login, a renewal, a read, an order: 0 attempts counted, 0 blocks, 0 told as perhaps executed; in full on Node, Bun and Deno, where Deno cannot tell what our own limit ended. What arrives and is cut counts",
  async run(context) {
    await using brokers = await openCutOffBrokers(context);
    const rows: ProofRow[] = [];
    const wrong: string[] = [];
    const found = { calls: 0, arrived: 0, programs: 0, orders: 0 };
    for (const runtime of await runtimes(context, brokers)) {
      if (typeof runtime.command === "string") {
        rows.push({ what: runtime.title, outcome: "not run", found: runtime.command });
        continue;
      }
      const calls = await runOn(runtime, runtime.command, brokers, context);
      const here = calls.filter(({ came, wanted }) => !wanted.includes(came)).map(described);
      const untrue = calls.filter(
        (call) => call.came !== "outcome_unknown" && /may have executed|counts as/.test(call.message),
      );
      wrong.push(...here.map((one) => `${runtime.title}: ${one}`), ...untrue.map(described));
      found.programs += 1;
      found.calls += calls.length;
      found.orders += calls.filter(({ came }) => came === "200").length;
      found.arrived += calls.filter(({ came }) => came === "outcome_unknown").length;
      rows.push({
        what: runtime.title,
        outcome: here.length === 0 ? "passed" : "failed",
        found: [`${calls.length} calls`, ...here].join("\n"),
      });
    }
    const silent = rows.filter(({ outcome }) => outcome === "not run");
    return {
      ...counted({
        "ways in which nothing leaves": told(cutOffs.length),
        runtimes: told(found.programs),
        "not run": exactly(silent.length, 0),
        calls: told(found.calls),
        "orders at the brokers": exactly(brokers.orders(), found.orders),
        "calls that arrived and counted": atLeast(found.arrived, 1),
        wrong: none(wrong),
      }),
      rows,
    };
  },
};

function described({ way, account, call, came, wanted }: CutOffCall): string {
  return `${way}, ${account}, ${call}: ${came} instead of ${wanted.join(" or ")}`;
}

/** Node alone in the short form, from source. */
async function runtimes({ scale, directory }: ProofContext, { authority }: CutOffBrokers): Promise<readonly Runtime[]> {
  const trusting = { NODE_EXTRA_CA_CERTS: authority };
  const node = { title: `Node ${process.versions.node}`, variables: trusting };
  if (scale === "short") return [{ ...node, command: [process.execPath, "--conditions=@x/source", program] }];
  const file = await bundled(program, directory);
  const found = await webRuntimes();
  return [
    { ...node, command: [process.execPath, file] },
    ...found.map(({ name, version, file: executable, failure }): Runtime => {
      const flags =
        name === "deno"
          ? ["run", "--no-prompt", "--no-remote", "--allow-net", `--cert=${authority}`, file]
          : ["run", file];
      return {
        title: `${name === "deno" ? "Deno" : "Bun"} ${version}`,
        command: executable === undefined ? (failure ?? "it could not be had") : [executable, ...flags],
        variables: { ...trusting, DENO_DIR: `${directory}/deno`, DENO_NO_UPDATE_CHECK: "1", DO_NOT_TRACK: "1" },
      };
    }),
  ];
}

interface FoundRuntime {
  readonly name: "bun" | "deno";
  readonly version: string;
  readonly file?: string;
  readonly failure?: string;
}

async function webRuntimes(): Promise<readonly FoundRuntime[]> {
  const lines = await linesOf([process.execPath, runtimesScript], process.env);
  return lines.map((line) => JSON.parse(line) as FoundRuntime);
}

/** One program for each place where something is cut off: a proxy and a lower limit are given when a program starts. */
async function runOn(
  { title, variables }: Runtime,
  command: readonly string[],
  brokers: CutOffBrokers,
  { scale }: ProofContext,
): Promise<readonly CutOffCall[]> {
  // Each silent one costs seconds of waiting.
  const ways = [...cutOffs, ...arrivals].filter(
    ({ name, silent }) => scale === "full" || !silent || name === "silent-tls",
  );
  const from = (...places: readonly CutOff["at"][]): readonly CutOff[] => ways.filter(({ at }) => places.includes(at));
  const { http_proxy: _http, https_proxy: _https, HTTP_PROXY: _HTTP, HTTPS_PROXY: _HTTPS, ...plain } = process.env;
  const bare = { ...plain, ...variables };
  const proxied = { ...bare, NODE_USE_ENV_PROXY: "1", HTTPS_PROXY: brokers.proxy, https_proxy: brokers.proxy };
  const except = { NO_PROXY: "localhost", no_proxy: "localhost" };
  const run = async (
    chosen: readonly CutOff[],
    through: readonly string[],
    env: NodeJS.ProcessEnv,
  ): Promise<CutOffCall[]> => {
    const argument = JSON.stringify({ ...brokers.plan, ways: chosen } satisfies CutOffPlan);
    const [line = "[]"] = (await linesOf([...through, ...command, argument], env)).slice(-1);
    return JSON.parse(line) as CutOffCall[];
  };
  const calls = [
    ...(await run(from("broker", "name"), [], bare)),
    ...(await run(from("proxy"), [], { ...proxied, ...except })),
  ];
  // Deno itself does not outlive a process without descriptors.
  if (title.startsWith("Deno") || process.platform === "win32") return calls;
  return [...calls, ...(await run(from("descriptors"), ["sh", "-c", 'ulimit -n 160 && exec "$@"', "sh"], bare))];
}
