import { resolve } from "node:path";
import { parseEnv } from "node:util";
import { BrokerAuthError } from "@x/core";
import type { LooseRights } from "./loose-rights.ts";
import { readTextFile } from "./text-file.ts";

/** Variables by name, such as `process.env`. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** The value of a variable. One that is set to nothing counts as not set, so that an empty line in a shell profile hides nothing. */
export function readVariable(env: Environment, name: string): string | undefined {
  const value = Object.hasOwn(env, name) ? env[name] : undefined;
  return value === "" ? undefined : value;
}

/** The variables of a file, and who else may read or change it. */
export interface EnvFile {
  readonly variables: Environment;
  readonly rights: LooseRights | undefined;
}

/**
 * Reads a file of `NAME=value` lines in `folder` by Node's own rules (`util.parseEnv`), as `node --env-file` does. Nothing is put into
 * `process.env`. With `optional` a file that is not there is an empty one.
 * @throws BrokerAuthError `configuration`
 */
export async function readEnvFile(folder: string, name: string, optional: boolean): Promise<EnvFile> {
  const file = await readTextFile(resolve(folder, name));
  if ("text" in file) return { variables: parseEnv(file.text), rights: file.rights };
  if (file.missing && optional) return { variables: {}, rights: undefined };
  const remedy = file.remedy ?? "correct the path, which starts at the configuration's folder, or leave it out";
  throw new BrokerAuthError("configuration", `envFile: ${name} ${file.problem}; ${remedy}`, { field: "envFile" });
}
