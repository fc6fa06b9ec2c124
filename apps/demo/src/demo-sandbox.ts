import { existsSync } from "node:fs";
import { join } from "node:path";
import type { SecretResolver } from "@x/config";
import { BrokerAuthError } from "@x/core";
import { type Sandbox, SandboxError, startSandbox } from "@x/sandbox";
import { deskSandbox, sandboxAddresses } from "./desk/sandbox-side.ts";
import { lockFolder } from "./folder-lock.ts";

/** The sandbox of this run. It is started by the first address that a configuration asks for: `{ sandbox: nubra }`. */
export class DemoSandbox {
  /** Undefined while it was not needed. */
  running: Sandbox | undefined;
  /** Whether no earlier run had one in this folder. */
  readonly isNew: boolean;
  readonly #start: () => Promise<Sandbox>;
  #starting: Promise<Sandbox> | undefined;
  #unlock: (() => void) | undefined;

  /** @param ports in the order of the command's option; one that is not given is that of the run before, or a free one. Undefined: forbidden */
  constructor(folder: string, ports: readonly number[] | undefined) {
    // What it knows outlives the run, so that the next one meets the sessions of this one.
    const stateFile = join(folder, "sandbox.json");
    this.isNew = !existsSync(stateFile);
    this.#start = async () => {
      if (ports === undefined) throw wrong("asks for the demo's sandbox, and --no-sandbox forbids it; give an address");
      // Two sandboxes that write the same file would each forget what the other knows.
      this.#unlock = lockFolder(folder);
      try {
        return (this.running = await startSandbox({ ...deskSandbox(ports), stateFile }));
      } catch (error) {
        if (!(error instanceof SandboxError)) throw error;
        const field = error.code.startsWith("state_file_") ? "--data" : "--sandbox-port";
        throw wrong(`${field}: ${error.message}`, field);
      }
    };
  }

  /** Finds the address of a broker's sandbox, for `loadConfig`. */
  readonly resolver: SecretResolver = async (broker) => {
    const addresses = sandboxAddresses(await (this.#starting ??= this.#start()));
    if (Object.hasOwn(addresses, broker)) return addresses[broker];
    throw wrong(`asks for a sandbox that does not exist; there are ${Object.keys(addresses).join(", ")}`);
  };

  async close(): Promise<void> {
    await this.running?.close();
    this.#unlock?.();
  }
}

function wrong(message: string, field?: string): BrokerAuthError {
  return new BrokerAuthError("configuration", message, field === undefined ? {} : { field });
}
