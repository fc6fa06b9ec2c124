import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Sandbox, startSandbox } from "@x/sandbox";
import type { AccountActions } from "../account-actions.ts";
import type { Desk } from "../desk.ts";
import { DeskConfiguration } from "../desk-configuration.ts";
import { type DeskServer, serveDesk } from "../desk-server.ts";
import type { Enrolments } from "../enrolment.ts";
import { type OpenDesk, openDesk } from "../open-desk.ts";
import { buildPage } from "../page-build.ts";
import { deskAccounts, deskSandbox } from "../sandbox-side.ts";
import { compileCache } from "../../testing/compile-cache.ts";

export interface TestDeskOptions {
  /** In India. Default 2031-03-03, a Monday. */
  readonly date?: string;
  /** Default 09:20:00.5: the market is open, and a TOTP code has just begun. */
  readonly time?: string;
  /** Some accounts of the sandbox in place of the demo's, by the same names. */
  readonly accounts?: Partial<typeof deskAccounts>;
  /** Default false: what a person does needs no strategy. */
  readonly strategy?: boolean;
  /** A configuration of the user's in place of the demo's own. */
  readonly config?: (folder: string, sandbox: Sandbox) => Promise<string>;
  readonly env?: Readonly<Record<string, string>>;
  readonly keyed?: boolean;
}

/** A whole desk: sandbox, store, engine, server, and the strategy's processes if they are wanted. */
export class TestDesk implements AsyncDisposable {
  readonly folder: string;
  readonly sandbox: Sandbox;
  readonly opened: OpenDesk;
  readonly server: DeskServer;

  readonly #open: () => Promise<OpenDesk>;

  private constructor(
    folder: string,
    sandbox: Sandbox,
    opened: OpenDesk,
    server: DeskServer,
    open: () => Promise<OpenDesk>,
  ) {
    this.#open = open;
    this.folder = folder;
    this.sandbox = sandbox;
    this.opened = opened;
    this.server = server;
  }

  static async open(options: TestDeskOptions = {}): Promise<TestDesk> {
    const {
      date = "2031-03-03",
      time = "09:20:00.500",
      accounts = {},
      strategy = false,
      keyed = false,
      env = {},
    } = options;
    const folder = await mkdtemp(join(tmpdir(), "broker-auth-desk-"));
    const all = { ...deskAccounts, ...accounts };
    const sandbox = await startSandbox(deskSandbox([], all));
    const lines = Object.values(all).flat().flatMap(variables);
    await writeFile(join(folder, ".env"), `${lines.join("\n")}\n`, { mode: 0o600 });
    sandbox.clock.set(Date.parse(`${date}T${time}+05:30`));
    const configuration =
      options.config === undefined
        ? await DeskConfiguration.own(folder)
        : DeskConfiguration.of(await options.config(folder, sandbox), folder);
    // The processes of all tests compile their programs once.
    const shared = { PATH: process.env["PATH"], ...compileCache };
    const open = async (): Promise<OpenDesk> =>
      openDesk({
        configuration,
        folder,
        env: { ...shared, ...env },
        ...(options.config === undefined ? { sandbox } : {}),
        roundMs: 200,
        downMs: 1_000,
        // A process that is late on a busy machine is waited for: no test is about how long it takes.
        patienceMs: 60_000,
      });
    const opened = await open();
    const server = await serveDesk({ opened, page: await buildPage(folder), port: 0, keyed });
    if (strategy) opened.desk.start();
    return new TestDesk(folder, sandbox, opened, server, open);
  }

  get desk(): Desk {
    return this.opened.desk;
  }

  get actions(): AccountActions {
    return this.opened.actions;
  }

  get enrolments(): Enrolments {
    return this.opened.enrolments;
  }

  /** Another desk in the same folder, as after a restart. The caller closes it. */
  reopen(): Promise<OpenDesk> {
    return this.#open();
  }

  /** Asks the server as a page of this address does. */
  async post(path: string, fields: Readonly<Record<string, string>> = {}): Promise<unknown> {
    const { origin } = new URL(this.server.address);
    const response = await fetch(origin + path, {
      method: "POST",
      headers: { origin },
      body: new URLSearchParams(fields),
    });
    return response.json();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.server.close();
    await this.opened.close();
    await this.sandbox.close();
    await rm(this.folder, { recursive: true, force: true });
  }
}

/** `DESK_MAIN_TOTP_SECRET=...`, as the demo's own file has them. */
function variables(account: object & { readonly name: string }): string[] {
  return Object.entries(account).map(
    ([field, value]) => `${`DESK_${account.name}_${field.replaceAll(/[A-Z]/g, "_$&")}`.toUpperCase()}=${value}`,
  );
}
