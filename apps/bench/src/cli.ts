import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { demoAccounts, startSandbox } from "@x/sandbox";
// What is measured is what is published, and its own tests build it so.
import { BuiltCommand } from "../../../packages/cli/src/testing/built-command.ts";
import { anchor, atMost, type Bench, type Comparison, type Figure, floor, ours, ratioAtMost } from "./bench.ts";
import { cpuTimeOf, run } from "./cpu-time.ts";
import { takeTurns } from "./rounds.ts";
import { median, type Sample } from "./sample.ts";

const packagePlace = fileURLToPath(new URL("../../../packages/cli", import.meta.url));

export const cli: Bench = {
  name: "cli",
  measures: "broker-auth as a credential helper, built as it is published, from start to end",
  async run({ scale, directory }) {
    await using built = await BuiltCommand.make();
    const { bin } = built;
    await using sandbox = await startSandbox();
    const env = home(directory, sandbox.nubra.url);
    const uri = JSON.stringify({ uri: `${sandbox.nubra.url}/userinfo` });
    const command = [process.execPath, bin];
    await run(process.execPath, [bin, "login"], { env });
    const rounds = scale === "full" ? 40 : 2;
    const direct = {
      empty: () => cpuMs([process.execPath, join(directory, "empty.mjs")], env),
      get: () => cpuMs([...command, "get"], env, uri),
      headers: () => cpuMs([...command, "headers", "main"], env),
      git: () => cpuMs(["git", "credential", "fill"], env, "protocol=https\nhost=broker.example\n\n"),
      ...(isInstalled("gh") ? { gh: () => cpuMs(["gh", "auth", "token"], env) } : {}),
    };
    const alone = await takeTurns<string>(direct, { rounds, warmUp: 2 });
    const agent = spawn(process.execPath, [bin, "agent"], { env, stdio: ["ignore", "pipe", "ignore"] });
    try {
      await once(agent.stdout, "data");
      const asked = await takeTurns(
        { empty: direct.empty, get: direct.get, headers: direct.headers },
        { rounds, warmUp: 2 },
      );
      const python = await pythonCalls(env, scale === "full" ? 2000 : 20);
      const others = ["git", "gh"].flatMap((name): Figure[] => {
        const sample = alone[name];
        return sample === undefined ? [] : [anchor(name === "git" ? "git credential fill" : "gh auth token", sample)];
      });
      const { empty = [], get = [], headers = [] } = alone;
      return [
        comparison("where an agent runs: it is asked", asked),
        comparison("without an agent: the session from the sealed store", { empty, get, headers }, others),
        {
          what: "session() of the Python module, from the agent over its socket",
          unit: "ms",
          figures: [ours("BrokerAuth().session()", python)],
          goals: [atMost("ms for each call", median(python), 2)],
        },
      ];
    } finally {
      const ended = once(agent, "exit");
      agent.kill("SIGTERM");
      await ended;
    }
  },
};

function comparison(
  what: string,
  { empty, get, headers }: Readonly<Record<"empty" | "get" | "headers", Sample>>,
  others: readonly Figure[] = [],
): Comparison {
  return {
    what: `${what}, CPU time`,
    unit: "ms",
    figures: [
      ours("broker-auth get", get),
      ours("broker-auth headers", headers),
      floor("an empty Node", empty),
      ...others,
    ],
    goals: [
      ratioAtMost("get x an empty Node", get, empty, 1.6),
      ratioAtMost("headers x an empty Node", headers, empty, 1.6),
    ],
  };
}

/** A user with one account, and with credentials that git and gh give out. */
function home(directory: string, baseUrl: string): NodeJS.ProcessEnv {
  const [main] = demoAccounts.nubra;
  const folder = join(directory, ".config", "broker-auth");
  mkdirSync(join(folder, "secrets"), { recursive: true, mode: 0o700 });
  mkdirSync(join(directory, "run"), { mode: 0o700 });
  mkdirSync(join(directory, "gh"));
  const secret = (name: string, value = ""): { readonly file: string } => {
    writeFileSync(join(folder, "secrets", name), value, { mode: 0o600 });
    return { file: `secrets/${name}` };
  };
  const fields = {
    broker: "nubra",
    environment: "sandbox",
    baseUrl,
    phone: secret("phone", main?.phone),
    mpin: secret("mpin", main?.mpin),
    totpSecret: secret("totp", main?.totpSecret),
  };
  // Block style, as init writes it.
  const lines = Object.entries(fields).map(([name, value]) => `    ${name}: ${JSON.stringify(value)}\n`);
  writeFileSync(join(folder, "broker-auth.yaml"), `accounts:\n  main:\n${lines.join("")}`, { mode: 0o600 });
  writeFileSync(join(directory, "empty.mjs"), "");
  writeFileSync(join(directory, ".git-credentials"), "https://user:secret@broker.example\n", { mode: 0o600 });
  writeFileSync(join(directory, ".gitconfig"), "[credential]\n\thelper = store\n");
  writeFileSync(join(directory, "gh", "hosts.yml"), "github.com:\n    user: someone\n    oauth_token: secret\n");
  const { PATH } = process.env;
  return { PATH, HOME: directory, XDG_RUNTIME_DIR: join(directory, "run"), GH_CONFIG_DIR: join(directory, "gh") };
}

async function cpuMs(command: readonly string[], env: NodeJS.ProcessEnv, input = ""): Promise<number> {
  const { stdout, stderr, ms } = await cpuTimeOf(command, { env }, input);
  if (stdout === "" && !command.some((word) => word.endsWith("empty.mjs")))
    throw new Error(`${command.join(" ")} printed nothing: ${stderr}`);
  return ms;
}

async function pythonCalls(env: NodeJS.ProcessEnv, calls: number): Promise<readonly number[]> {
  const code = `
import json, sys, time
sys.path.insert(0, sys.argv[1])
from broker_auth import BrokerAuth
broker = BrokerAuth()
taken = []
for _ in range(int(sys.argv[2]) + 10):
    began = time.perf_counter()
    assert broker.session("main").headers
    taken.append((time.perf_counter() - began) * 1000)
print(json.dumps(taken[10:]))
`;
  const args = ["-c", code, join(packagePlace, "python"), String(calls)];
  const { stdout } = await run("python3", args, { env: { ...env, PYTHONDONTWRITEBYTECODE: "1" } });
  return JSON.parse(stdout) as number[];
}

function isInstalled(program: string): boolean {
  return (process.env["PATH"] ?? "").split(":").some((folder) => existsSync(join(folder, program)));
}
