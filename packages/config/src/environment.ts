import { resolve } from "node:path";
import { parseEnv } from "node:util";
import { BrokerAuthError } from "@x/core";
import { readTextFile } from "./text-file.ts";

/** Variables by name, such as `process.env`. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** The value of a variable. One that is set to nothing counts as not set, so that an empty line in a shell profile hides nothing. */
export function readVariable(env: Environment, name: string): string | undefined {
  const value = Object.hasOwn(env, name) ? env[name] : undefined;
  return value === "" ? undefined : value;
}

/**
 * Reads a file of `NAME=value` lines in `folder` by Node's own rules (`util.parseEnv`), as `node --env-file` does. Nothing is put into
 * `process.env`. With `optional` a file that is not there is an empty one.
 * @throws BrokerAuthError `configuration`
 */
export async function readEnvFile(folder: string, name: string, optional: boolean): Promise<Environment> {
  const file = await readTextFile(resolve(folder, name));
  if ("text" in file) return parseEnv(file.text);
  if (file.missing && optional) return {};
  throw new BrokerAuthError(
    "configuration",
    `envFile: ${name} ${file.problem}; correct the path, which starts at the configuration's folder, or leave it out`,
    { field: "envFile" },
  );
}
