import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Sandbox } from "@x/sandbox";
import { openTestEnvironment } from "@x/test-environment";
import type { Markdown } from "./markdown.ts";

const hostClock = new URL("host-clock.ts", import.meta.url).href;
// Starting a program from source is mostly compiling it. Node compiles anew what has changed.
const compiled = fileURLToPath(new URL("../node_modules/.cache/compiled", import.meta.url));

/** 2031-03-03 08:45 IST, a Monday half an hour before the market opens, ten seconds into a TOTP step. */
export const monday845: number = Date.UTC(2031, 2, 3, 3, 15, 10);

export interface Outcome {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface RunOptions {
  /** In place of, or besides, the sandbox's own accounts; undefined takes a variable away. */
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** The folder that it is started in, below this one, which is the default. */
  readonly from?: string;
  /** What a person types: called with everything on standard output so far, and typed when it gives a text. */
  readonly answer?: (shown: string) => string | undefined;
  /** The program is killed when this resolves, as by a power cut. */
  readonly killed?: Promise<unknown>;
}

/** The brokers' sandboxes and an empty folder, in which a document's programs run as a reader would run them. */
export interface ProgramFolder extends AsyncDisposable {
  readonly path: string;
  readonly sandbox: Sandbox;
  /** Writes files into the folder. Accounts in programs get the sandbox's address, which no variable can set. */
  write(files: Readonly<Record<string, string>>): Promise<void>;
  /** Runs a file of the folder, each time in a TOTP step of its own. */
  run(file: string, options?: RunOptions): Promise<Outcome>;
  /** The programs' environment: the variables that the adapters name for their fields, and places inside of the folder. */
  readonly env: Readonly<Record<string, string>>;
}

export async function openProgramFolder(startAt: number = monday845): Promise<ProgramFolder> {
  const environment = await openTestEnvironment({ startAt, realTime: true });
  const { sandbox } = environment;
  const { aheadMs = 0 } = environment.plan;
  // Inside of the workspace, so that the packages are found; with a dot, so that no tool looks into it.
  const folder = await mkdtemp(fileURLToPath(new URL("../.programs-", import.meta.url)));
  const places = {
    HOME: folder,
    LOCALAPPDATA: folder,
    XDG_STATE_HOME: join(folder, "state"),
    XDG_DATA_HOME: join(folder, "data"),
  };
  const env = { ...accountVariables(sandbox), ...places };
  let runs = 0;
  return {
    path: folder,
    sandbox,
    env,
    async write(files) {
      for (const [name, text] of Object.entries(files)) {
        await mkdir(dirname(join(folder, name)), { recursive: true });
        await writeFile(join(folder, name), atSandbox(text, sandbox), { mode: 0o600 });
      }
    },
    async run(file, { env: changes = {}, from = ".", answer, killed } = {}) {
      if (runs++ > 0) nextTotpStep(sandbox);
      const child = spawn(
        process.execPath,
        [
          "--conditions=@x/source",
          "--disable-warning=ExperimentalWarning",
          `--import=${hostClock}`,
          join(folder, file),
        ],
        {
          cwd: join(folder, from),
          env: {
            PATH: process.env["PATH"],
            NODE_COMPILE_CACHE: compiled,
            HOST_CLOCK_OFFSET_MS: `${aheadMs + sandbox.clock.offsetMs}`,
            ...env,
            ...changes,
          },
          stdio: "pipe",
        },
      );
      let stdout = "";
      let stderr = "";
      let answered = 0;
      child.stderr.setEncoding("utf8").on("data", (text: string) => (stderr += text));
      child.stdout.setEncoding("utf8").on("data", (text: string) => {
        stdout += text;
        const typed = answer?.(stdout.slice(answered));
        if (typed === undefined) return;
        answered = stdout.length;
        child.stdin.write(`${typed}\n`);
      });
      void killed?.then(() => child.kill("SIGKILL"));
      await once(child, "close");
      return { code: child.exitCode, stdout, stderr };
    },
    async [Symbol.asyncDispose]() {
      await environment[Symbol.asyncDispose]();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** The programs of a document: its TypeScript pieces that begin with their own name in a comment. */
export function programs({ blocks }: Markdown): Readonly<Record<string, string>> {
  return Object.fromEntries(
    blocks.flatMap(({ language, text }) => {
      const name = /^\/\/ (\S+\.ts)\n/.exec(text)?.[1];
      return language === "ts" && name !== undefined ? [[name, text]] : [];
    }),
  );
}

/** What a program prints by its own words: the comments behind its calls of `console.log`, one line each. */
export function said(program = ""): string {
  return [...program.matchAll(/console\.log\(.*\/\/ (.*)/g)].map(([, text = ""]) => `${text}\n`).join("");
}

/** Ten seconds into the next step: no program has to wait for one. */
function nextTotpStep({ clock }: Sandbox): void {
  clock.set((Math.floor(clock.now() / 30_000) + 1) * 30_000 + 10_000);
}

function atSandbox(program: string, { nubra, kotakNeo, zerodha, angelOne }: Sandbox): string {
  const [nubraUrl, kotakNeoUrl] = [nubra.url, kotakNeo.loginUrl].map((url) => JSON.stringify(url));
  return program
    .replaceAll("accountFromEnv(nubra())", `Object.assign($&, { baseUrl: ${nubraUrl} })`)
    .replaceAll("accountFromEnv(kotakNeo())", `Object.assign($&, { loginBaseUrl: ${kotakNeoUrl} })`)
    .replaceAll('broker: "nubra",', `$& environment: "sandbox", baseUrl: ${nubraUrl},`)
    .replaceAll('broker: "zerodha",', `$& environment: "sandbox", baseUrl: ${JSON.stringify(zerodha.url)},`)
    .replaceAll('broker: "angel-one",', `$& environment: "sandbox", baseUrl: ${JSON.stringify(angelOne.url)},`)
    .replaceAll('broker: "kotak-neo",', `$& environment: "sandbox", loginBaseUrl: ${kotakNeoUrl},`);
}

function accountVariables({ nubra, kotakNeo, zerodha, angelOne }: Sandbox): Record<string, string> {
  const main = nubra.accountInput("main");
  const hedge = kotakNeo.accountInput("hedge");
  const customer = zerodha.accountInput("main");
  const client = angelOne.accountInput("main");
  return {
    NUBRA_PHONE: main.phone,
    NUBRA_MPIN: main.mpin,
    NUBRA_TOTP_SECRET: main.totpSecret ?? "",
    NUBRA_ENVIRONMENT: "sandbox",
    KOTAK_NEO_ACCESS_TOKEN: hedge.accessToken,
    KOTAK_NEO_MOBILE_NUMBER: hedge.mobileNumber,
    KOTAK_NEO_UCC: hedge.ucc,
    KOTAK_NEO_MPIN: hedge.mpin,
    KOTAK_NEO_TOTP_SECRET: hedge.totpSecret,
    KOTAK_NEO_ENVIRONMENT: "sandbox",
    ZERODHA_API_KEY: customer.apiKey,
    ZERODHA_API_SECRET: customer.apiSecret,
    ZERODHA_USER_ID: customer.userId,
    ZERODHA_ENVIRONMENT: "sandbox",
    ANGEL_ONE_API_KEY: client.apiKey,
    ANGEL_ONE_CLIENT_CODE: client.clientCode,
    ANGEL_ONE_PIN: client.pin,
    ANGEL_ONE_TOTP_SECRET: client.totpSecret,
    ANGEL_ONE_ENVIRONMENT: "sandbox",
  };
}
