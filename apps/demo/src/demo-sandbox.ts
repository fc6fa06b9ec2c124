import { dirname } from "node:path";
import type { SecretResolver } from "@x/config";
import { BrokerAuthError, isBrokerAuthError } from "@x/core";
import { type Sandbox, SandboxError, startSandbox } from "@x/sandbox";
import { deskSandbox, sandboxAddresses } from "./desk/sandbox-side.ts";
import { FolderLock } from "./folder-lock.ts";

/** The sandbox of this run. It is started by the first address that a configuration asks for: `{ sandbox: nubra }`. */
export class DemoSandbox {
  readonly #ports: readonly number[];
  readonly #allowed: boolean;
  readonly #stateFile: string;
  #starting: Promise<Sandbox> | undefined;
  #running: Sandbox | undefined;
  #lock: FolderLock | undefined;

  /**
   * @param ports in the order of the command's option; a port that is not given is a free one
   * @param allowed whether there may be one
   * @param stateFile where it keeps what it knows, so that a second run meets the sessions of the first
   */
  constructor(ports: readonly number[], allowed: boolean, stateFile: string) {
    this.#ports = ports;
    this.#allowed = allowed;
    this.#stateFile = stateFile;
  }

  /** Undefined while it was not needed. */
  get running(): Sandbox | undefined {
    return this.#running;
  }

  /** Finds the address of a broker's sandbox, for `loadConfig`. */
  readonly resolver: SecretResolver = async (broker) => {
    const forbidden = "asks for the demo's sandbox, and --no-sandbox forbids it; give an address";
    if (!this.#allowed) throw new BrokerAuthError("configuration", forbidden);
    const addresses = sandboxAddresses(await (this.#starting ??= this.#start()));
    if (Object.hasOwn(addresses, broker)) return addresses[broker];
    const message = `asks for a sandbox that does not exist; there are ${Object.keys(addresses).join(", ")}`;
    throw new BrokerAuthError("configuration", message);
  };

  async close(): Promise<void> {
    await this.#running?.close();
    this.#lock?.release();
  }

  async #start(): Promise<Sandbox> {
    const stateFile = this.#stateFile;
    // Two sandboxes that write the same file would each forget what the other knows.
    this.#lock = FolderLock.take(dirname(stateFile));
    try {
      return (this.#running = await startSandbox({ ...deskSandbox(this.#ports), stateFile }));
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

/** Whether something has the ports to which the folder's sandbox comes back. */
export function arePortsTaken(error: unknown): boolean {
  return isBrokerAuthError(error) && error.field === "--sandbox-port";
}
