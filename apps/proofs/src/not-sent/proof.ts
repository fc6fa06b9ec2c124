import { fileURLToPath } from "node:url";
import { bundled } from "../workers/bundle.ts";
import { linesOf } from "../workers/lines.ts";
import { type CutOffBrokers, openCutOffBrokers } from "./cut-off-brokers.ts";
import type { CutOffCall, CutOffPlan } from "./cut-off-program.ts";
import { arrivals, type CutOff, cutOffs } from "./cut-off.ts";
import { counted, exactly, faults, type Proof, type ProofContext, type ProofRow, total } from "../harness/proof.ts";

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
    const found = {
      ways: total("ways in which nothing leaves"),
      runtimes: total("runtimes"),
      notRun: total("not run", { exactly: 0 }),
      calls: total("calls"),
      arrived: total("calls that arrived and counted", { atLeast: 1 }),
      wrong: faults("wrong"),
    };
    let orders = 0;
    found.ways.add(cutOffs.length);
    for (const { title, command, variables } of await runtimes(context, brokers)) {
      if (typeof command === "string") {
        rows.push({ what: title, outcome: "not run", found: command });
        found.notRun.add(1);
        continue;
      }
      const calls = await runOn({ title, variables, command }, brokers, context);
      const wrong = calls.filter(
        ({ came, wanted, message }) =>
          !wanted.includes(came) || (came !== "outcome_unknown" && /may have executed|counts as/.test(message)),
      );
      const here = wrong.map(described);
      found.wrong.add(...here.map((one) => `${title}: ${one}`));
      found.runtimes.add(1);
      found.calls.add(calls.length);
      orders += calls.filter(({ came }) => came === "200").length;
      found.arrived.add(...calls.map(({ came }) => came === "outcome_unknown"));
      const outcome = here.length === 0 ? "passed" : "failed";
      rows.push({ what: title, outcome, found: [`${calls.length} calls`, ...here].join("\n") });
    }
    return { ...counted(found, { "orders at the brokers": exactly(brokers.orders(), orders) }), rows };
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
  const lines = await linesOf([process.execPath, runtimesScript]);
  return [
    { ...node, command: [process.execPath, file] },
    ...lines.map((line): Runtime => {
      const { name, version, file: executable, failure } = JSON.parse(line) as FoundRuntime;
      const ofDeno = ["--no-prompt", "--no-remote", "--allow-net", `--cert=${authority}`];
      const flags = ["run", ...(name === "deno" ? ofDeno : []), file];
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

/** One program for each place where something is cut off: a proxy and a lower limit are given when a program starts. */
async function runOn(
  { title, variables, command }: Omit<Runtime, "command"> & { readonly command: readonly string[] },
  brokers: CutOffBrokers,
  { scale }: ProofContext,
): Promise<readonly CutOffCall[]> {
  // Each silent one costs seconds of waiting.
  const ways = [...cutOffs, ...arrivals].filter(
    ({ name, silent }) => scale === "full" || !silent || name === "silent-tls",
  );
  const { http_proxy: _http, https_proxy: _https, HTTP_PROXY: _HTTP, HTTPS_PROXY: _HTTPS, ...plain } = process.env;
  const except = { NO_PROXY: "localhost", no_proxy: "localhost" };
  const proxy = { NODE_USE_ENV_PROXY: "1", HTTPS_PROXY: brokers.proxy, https_proxy: brokers.proxy, ...except };
  const run = async (places: readonly CutOff["at"][], env: object, through: readonly string[] = []) => {
    const chosen = ways.filter(({ at }) => places.includes(at));
    const argument = JSON.stringify({ ...brokers.plan, ways: chosen } satisfies CutOffPlan);
    const lines = await linesOf([...through, ...command, argument], { ...plain, ...variables, ...env });
    return JSON.parse(lines.at(-1) ?? "[]") as CutOffCall[];
  };
  const calls = [...(await run(["broker", "name"], {})), ...(await run(["proxy"], proxy))];
  // Deno itself does not outlive a process without descriptors.
  if (title.startsWith("Deno") || process.platform === "win32") return calls;
  return [...calls, ...(await run(["descriptors"], {}, ["sh", "-c", 'ulimit -n 160 && exec "$@"', "sh"]))];
}
