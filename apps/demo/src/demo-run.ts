import type { Configuration } from "@x/config";
import type { DemoProvider } from "./demo-configuration.ts";
import type { DemoSandbox } from "./demo-sandbox.ts";
import type { StorePlace } from "./store-server.ts";

/** As the command line gives them. */
export interface DemoOptions {
  readonly once: boolean;
  readonly json: boolean;
  /** Whether to serve the page, where nothing above asks for something else. */
  readonly page: boolean;
  readonly config?: string;
  /** Whether the demo may start a sandbox, and on which ports. */
  readonly sandbox: boolean;
  readonly sandboxPort?: readonly number[];
  /** The page's. Undefined: the usual one, or a free one. */
  readonly port?: number;
  /** Where sessions are kept. A server is started for the run. */
  readonly store: StorePlace;
  /** Where the demo keeps what outlives a run. Undefined: the user's own place for that. */
  readonly data?: string;
}

/** Where the demo writes, where variables come from, and how it learns that it shall end. */
export interface DemoEnvironment {
  readonly out: (text: string) => void;
  readonly err: (text: string) => void;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Fires on Ctrl-C. */
  readonly ended: AbortSignal;
}

/** One run of the demo in a folder of its own. */
export interface DemoRun {
  readonly options: DemoOptions;
  readonly environment: DemoEnvironment;
  readonly folder: string;
  readonly sandbox: DemoSandbox;
  /** Reads a configuration, and says its warnings; undefined for the demo's own. @throws BrokerAuthError `configuration` */
  readonly load: (config: string | undefined) => Promise<Configuration<DemoProvider>>;
}
