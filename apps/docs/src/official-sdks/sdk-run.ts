import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { SdkAnswer, SdkPlan } from "./sdk-calls.ts";

export const noWayOut: string = new URL("no-way-out.ts", import.meta.url).href;
const program = fileURLToPath(new URL("sdk-calls.ts", import.meta.url));

export interface SdkRun {
  readonly answers: readonly SdkAnswer[];
  /** Where it wanted to go besides the sandbox. */
  readonly refused: readonly string[];
  /** What it wrote into a log in its working directory. */
  readonly log: string;
}

/** Makes the calls with the real SDK, in a process of its own, in a folder that is thrown away, without a way out of this machine. */
export async function runSdk(plan: SdkPlan): Promise<SdkRun> {
  const folder = await mkdtemp(join(tmpdir(), "official-sdk-"));
  try {
    // One SDK makes promises that nobody waits for: what becomes of them is not what is looked at here.
    const child = spawn(process.execPath, ["--unhandled-rejections=none", `--import=${noWayOut}`, program], {
      cwd: folder,
      env: { PATH: process.env["PATH"], HOME: folder, SDK_PLAN: JSON.stringify(plan) },
      stdio: ["ignore", "pipe", "pipe"],
    });
    let [stdout, stderr] = ["", ""];
    child.stdout.setEncoding("utf8").on("data", (text: string) => (stdout += text));
    child.stderr.setEncoding("utf8").on("data", (text: string) => (stderr += text));
    await once(child, "close");
    const answers = stdout
      .split("\n")
      .filter((line) => line !== "")
      .map((line) => JSON.parse(line) as SdkAnswer);
    if (answers.length !== plan.calls.length) throw new Error(`it ended after ${answers.length} calls: ${stderr}`);
    const refused = [...stderr.matchAll(/no way out to (.+)/g)].map(([, host = ""]) => host);
    const log = join(folder, "error.log");
    return { answers, refused, log: existsSync(log) ? await readFile(log, "utf8") : "" };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** What it resolved with; a call that was rejected fails the test. */
export function resolved(answer: SdkAnswer | undefined): unknown {
  if (answer === undefined || !("resolved" in answer)) throw new Error(`it was rejected: ${JSON.stringify(answer)}`);
  return answer.resolved;
}
