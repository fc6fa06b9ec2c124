import { readFile } from "node:fs/promises";
import { relative } from "node:path";
import { fileURLToPath } from "node:url";
import { parseEnv } from "node:util";
import { type Configuration, loadConfig, type SecretResolver } from "@x/config";
import { BrokerAuthError } from "@x/core";
import { kotakNeo, type KotakNeoProvider } from "@x/kotak-neo";
import { nubra, type NubraProvider } from "@x/nubra";
import { requireVariables } from "./missing-variables.ts";

export type DemoProvider = NubraProvider | KotakNeoProvider;

const invented = new URL("../sandbox.env", import.meta.url);
const ownFile = fileURLToPath(new URL("../broker-auth.yaml", import.meta.url));

/** What the demo's own configuration adds to that of `@x/config`: addresses of the sandbox. */
export interface DemoConfigurationOptions {
  /** Undefined: the demo's own. */
  readonly config: string | undefined;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly sandbox: SecretResolver;
}

/** @throws BrokerAuthError `configuration` */
export async function loadDemoConfiguration(options: DemoConfigurationOptions): Promise<Configuration<DemoProvider>> {
  const { config, env, sandbox } = options;
  const common = { brokers: [nubra, kotakNeo], resolvers: { sandbox } } as const;
  if (config === undefined) {
    // The environment may hold real credentials under the same names: they have no business at the sandbox.
    // Its own file is no secret: it lies in the repository, with whatever rights a checkout gives it.
    const own = { env: parseEnv(await readFile(invented, "utf8")), envFile: false as const };
    return loadConfig(relative(".", ownFile), { ...common, ...own });
  }
  await requireVariables(config, env);
  return loadConfig(config, { ...common, env });
}

/**
 * The terminal has nobody to ask. Without this check it would find out after the first factor was spent.
 * @throws BrokerAuthError `configuration` naming the first field that is missing
 */
export function requireUnattended({ accounts }: Configuration<DemoProvider>): void {
  for (const [name, account] of Object.entries(accounts)) {
    const missing = ["mpin", "totpSecret"].find((one) => !Object.hasOwn(account, one));
    if (missing === undefined) continue;
    const field = `accounts.${name}.${missing}`;
    const message = `${field}: is missing; the demo logs in without a person, so give it`;
    throw new BrokerAuthError("configuration", message, { field });
  }
}
