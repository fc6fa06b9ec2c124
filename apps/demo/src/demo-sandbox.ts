import { dirname } from "node:path";
import type { SecretResolver } from "@x/config";
import { BrokerAuthError, isBrokerAuthError } from "@x/core";
import { type Sandbox, SandboxError, startSandbox } from "@x/sandbox";
import { FolderLock } from "./folder-lock.ts";

export interface DemoSandboxOptions {
  readonly ports: readonly number[];
  /** Whether there may be one. */
  readonly sandbox: boolean;
  /** Where it keeps what it knows, so that a second run meets the sessions of the first. Default: it forgets. */
  readonly stateFile?: string | undefined;
}

/** The sandbox of this run. It is started by the first address that a configuration asks for: `{ sandbox: nubra }`. */
export class DemoSandbox {
  readonly #ports: readonly number[];
  readonly #allowed: boolean;
  readonly #stateFile: string | undefined;
  #starting: Promise<Sandbox> | undefined;
  #running: Sandbox | undefined;
  #lock: FolderLock | undefined;

  /** Ports in the order of the command's option; a port that is not given is a free one. */
  constructor({ ports, sandbox, stateFile }: DemoSandboxOptions) {
    this.#ports = ports;
    this.#allowed = sandbox;
    this.#stateFile = stateFile;
  }

  /** Undefined while it was not needed. */
  get running(): Sandbox | undefined {
    return this.#running;
  }

  /** Finds the address of a broker's sandbox, for `loadConfig`. */
  readonly resolver: SecretResolver = async (broker) => {
    if (!this.#allowed)
      throw new BrokerAuthError(
        "configuration",
        "asks for the demo's sandbox, and --no-sandbox forbids it; give an address",
      );
    const { nubra, kotakNeo } = await (this.#starting ??= this.#start());
    const address = new Map([
      ["nubra", nubra.url],
      ["kotak-neo", kotakNeo.loginUrl],
    ]).get(broker);
    if (address !== undefined) return address;
    throw new BrokerAuthError("configuration", "asks for a sandbox that does not exist; there are nubra and kotak-neo");
  };

  async close(): Promise<void> {
    await this.#running?.close();
    this.#lock?.release();
  }

  async #start(): Promise<Sandbox> {
    const [port, loginPort, tradingPort, controlPort] = this.#ports;
    const stateFile = this.#stateFile;
    // Two sandboxes that write the same file would each forget what the other knows.
    if (stateFile !== undefined) this.#lock = FolderLock.take(dirname(stateFile));
    try {
      const options = { nubra: { port }, kotakNeo: { loginPort, tradingPort }, controlPort, stateFile };
      return (this.#running = await startSandbox(options));
    } catch (error) {
      if (!(error instanceof SandboxError)) throw error;
      // The broken file of an earlier run is no other run, and another folder or moving it away is the cure.
      const field = error.code.startsWith("state_file_") ? "--data" : "--sandbox-port";
      throw new BrokerAuthError("configuration", `${field}: ${error.message}`, { field });
    }
  }
}

/** Whether another run has the folder. */
export function isFolderInUse(error: unknown): boolean {
  return isBrokerAuthError(error) && error.code === "store_busy" && error.field === "--data";
}

/** Whether something has the ports to which the folder's sandbox comes back: nobody has asked for these. */
export function arePortsTaken(error: unknown, ports: readonly number[]): boolean {
  return isBrokerAuthError(error) && error.field === "--sandbox-port" && ports.length === 0;
}
