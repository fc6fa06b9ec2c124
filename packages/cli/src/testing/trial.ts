import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { demoAccounts, type Sandbox, startSandbox } from "@x/sandbox";
import { inject, onTestFinished } from "vitest";
import { shiftDate, shiftedDate } from "./shifted-date.ts";

const built = inject("builtCommand");
const clockShiftMs = inject("clockShiftMs");
// The sandbox runs here, so that it and the command have one time.
shiftDate(clockShiftMs);

/** Node with the command as it is published. The one package that is not in it, the sandbox, is loaded from source. */
export const command: readonly string[] = commandAt(join(built, "dist/bin.js"));

function commandAt(bin: string): readonly string[] {
  return [process.execPath, "--conditions=@x/source", "--disable-warning=ExperimentalWarning", bin];
}

export interface Run {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

/** A user of the command: a home of their own, both brokers on loopback, and a configuration that leads there. */
export class Trial {
  readonly sandbox: Sandbox;
  readonly home: string;
  readonly env: Readonly<Record<string, string>>;

  private constructor(sandbox: Sandbox, home: string) {
    this.sandbox = sandbox;
    this.home = home;
    // The processes of all tests compile the command once.
    const place = { HOME: home, XDG_RUNTIME_DIR: join(home, "run"), NODE_COMPILE_CACHE: join(built, "compiled") };
    this.env = { PATH: process.env["PATH"] ?? "", LANG: "C.UTF-8", ...place, ...shiftedDate(clockShiftMs) };
  }

  /** @param below where the home lies: how long its path is decides where lines break that tell it */
  static async start({ below = tmpdir() }: { readonly below?: string } = {}): Promise<Trial> {
    const sandbox = await startSandbox();
    const home = mkdtempSync(join(below, "ba-"));
    mkdirSync(join(home, "run"), { mode: 0o700 });
    onTestFinished(async () => {
      await sandbox.close();
      rmSync(home, { recursive: true });
    });
    return new Trial(sandbox, home);
  }

  /** The configuration's folder. */
  get folder(): string {
    return join(this.home, ".config", "broker-auth");
  }

  /** Writes the configuration: the sandbox's demo accounts of these names, with what is to be left out of them. */
  configure(
    accounts: Readonly<Record<string, readonly string[]>> = { main: [] },
    use: Readonly<Record<string, string>> = {},
  ): void {
    this.write({
      accounts: Object.fromEntries(
        Object.entries(accounts).map(([name, without]) => [name, this.account(name, without)]),
      ),
      use,
    });
  }

  account(name: string, without: readonly string[] = []): Readonly<Record<string, unknown>> {
    const { nubra, kotakNeo } = this.sandbox;
    const ofNubra = demoAccounts.nubra.find((one) => one.name === name);
    const ofKotak = demoAccounts.kotakNeo.find((one) => one.name === name);
    if (ofNubra === undefined && ofKotak === undefined) throw new Error(`the sandbox has no account ${name}`);
    const fields =
      ofNubra !== undefined
        ? {
            broker: "nubra",
            phone: ofNubra.phone,
            mpin: ofNubra.mpin,
            totpSecret: ofNubra.totpSecret,
            baseUrl: nubra.url,
          }
        : {
            broker: "kotak-neo",
            accessToken: ofKotak?.accessToken,
            mobileNumber: ofKotak?.mobileNumber,
            ucc: ofKotak?.ucc,
            mpin: ofKotak?.mpin,
            totpSecret: ofKotak?.totpSecret,
            loginBaseUrl: kotakNeo.loginUrl,
          };
    const kept = Object.entries(fields).filter(([field, value]) => value !== undefined && !without.includes(field));
    const written = kept.map(([field, value]) => [
      field,
      field.endsWith("Url") || field === "broker" ? value : this.#kept(`${name}-${field}`, value ?? ""),
    ]);
    return { ...Object.fromEntries(written), environment: "sandbox" };
  }

  /** An account whose login leads through the broker's page. */
  redirectAccount(): Readonly<Record<string, unknown>> {
    const [demo] = demoAccounts.zerodha;
    return {
      broker: "zerodha",
      environment: "sandbox",
      baseUrl: this.sandbox.zerodha.url,
      apiKey: this.#kept("kite-apiKey", demo?.apiKey ?? ""),
      apiSecret: this.#kept("kite-apiSecret", demo?.apiSecret ?? ""),
      userId: this.#kept("kite-userId", demo?.userId ?? ""),
    };
  }

  /** An account of Angel One, which logs in by itself. */
  angelAccount(): Readonly<Record<string, unknown>> {
    const [demo] = demoAccounts.angelOne;
    return {
      broker: "angel-one",
      environment: "sandbox",
      baseUrl: this.sandbox.angelOne.url,
      apiKey: this.#kept("angel-apiKey", demo?.apiKey ?? ""),
      clientCode: this.#kept("angel-clientCode", demo?.clientCode ?? ""),
      pin: this.#kept("angel-pin", demo?.pin ?? ""),
      totpSecret: this.#kept("angel-totpSecret", demo?.totpSecret ?? ""),
    };
  }

  /** A person at the broker's page: the address that it leads to. */
  async logInAtPage(url: string): Promise<string> {
    const [demo] = demoAccounts.zerodha;
    const body = new URLSearchParams({ user_id: demo?.userId ?? "" });
    const answer = await fetch(url, { method: "POST", body, redirect: "manual" });
    return answer.headers.get("location") ?? "";
  }

  #kept(name: string, value: string): { readonly file: string } {
    mkdirSync(join(this.folder, "secrets"), { recursive: true, mode: 0o700 });
    writeFileSync(join(this.folder, "secrets", name), value, { mode: 0o600 });
    return { file: `secrets/${name}` };
  }

  /** Writes a configuration as it is given. */
  write(configuration: unknown): void {
    mkdirSync(this.folder, { recursive: true, mode: 0o700 });
    const content = typeof configuration === "string" ? configuration : JSON.stringify(configuration);
    writeFileSync(join(this.folder, "broker-auth.yaml"), content, { mode: 0o600 });
  }

  /** Takes the configuration away. */
  remove(): void {
    rmSync(this.folder, { recursive: true });
  }

  start(args: readonly string[], env: Readonly<Record<string, string>> = {}, bin?: string): ChildProcess {
    const [program = "", ...flags] = bin === undefined ? command : commandAt(bin);
    const child = spawn(program, [...flags, ...args], { cwd: this.home, env: { ...this.env, ...env }, stdio: "pipe" });
    onTestFinished(() => void child.kill("SIGKILL"));
    return child;
  }

  /** Runs the command to its end. Without input, standard input ends at once. */
  async run(
    args: readonly string[],
    { input = "", env = {}, bin }: { input?: string; env?: Readonly<Record<string, string>>; bin?: string } = {},
  ): Promise<Run> {
    const child = this.start(args, env, bin);
    // A command that does not read ends before it is written to.
    child.stdin?.on("error", () => undefined);
    child.stdin?.end(input);
    const [out, err, [code]] = await Promise.all([text(child.stdout!), text(child.stderr!), once(child, "close")]);
    return { code: code as number | null, out, err };
  }

  /** How many logins were accepted: the last step of each. */
  get logins(): number {
    return this.sandbox.journal.count({ step: ["verifypin", "validate"], outcome: "accepted" });
  }
}

/** Whether a program is there. In CI it has to be. */
export function isInstalled(program: string): boolean {
  try {
    execFileSync("which", [program], { stdio: "ignore" });
    return true;
  } catch {
    if (process.env["CI"] === "true") throw new Error(`${program} is not installed, and CI promises it`);
    return false;
  }
}
