import { mkdir } from "node:fs/promises";
import { dirname } from "node:path";
import { BrokerAuthError, type SecretResolver } from "@x/core";
import { type Sandbox, SandboxError, startSandbox } from "@x/sandbox";

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
  #running: Sandbox | undefined;

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
    this.#running ??= await this.#start();
    const { nubra, kotakNeo } = this.#running;
    const address = new Map([
      ["nubra", nubra.url],
      ["kotak-neo", kotakNeo.loginUrl],
    ]).get(broker);
    if (address !== undefined) return address;
    throw new BrokerAuthError("configuration", "asks for a sandbox that does not exist; there are nubra and kotak-neo");
  };

  async close(): Promise<void> {
    await this.#running?.close();
  }

  async #start(): Promise<Sandbox> {
    const [port, loginPort, tradingPort, controlPort] = this.#ports;
    try {
      const stateFile = this.#stateFile;
      if (stateFile !== undefined) await mkdir(dirname(stateFile), { recursive: true, mode: 0o700 });
      return await startSandbox({ nubra: { port }, kotakNeo: { loginPort, tradingPort }, controlPort, stateFile });
    } catch (error) {
      if (!(error instanceof SandboxError)) throw error;
      // The broken file of an earlier run is no other run, and another folder or moving it away is the cure.
      const field = error.code.startsWith("state_file_") ? "--data" : "--sandbox-port";
      throw new BrokerAuthError("configuration", `${field}: ${error.message}`, { field });
    }
  }
}
