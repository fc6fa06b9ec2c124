import { resolve } from "node:path";
import { BrokerAuthError } from "@x/core";
import { readTextFile } from "./text-file.ts";

/**
 * Reads a file that holds one secret and nothing else; one line break at its end is dropped. A relative path starts at `folder`.
 * @throws BrokerAuthError `configuration` naming the file, also for one that others than its owner may read or change
 */
export async function readSecretFile(folder: string, path: string): Promise<string> {
  const file = await readTextFile(resolve(folder, path));
  if ("problem" in file) {
    const start = file.missing ? "; a relative path starts at the configuration's folder" : "";
    throw unusable(`the secret file ${path} ${file.problem}${start}; ${file.remedy ?? "correct the path or the file"}`);
  }
  const value = file.text.replace(/\r?\n$/, "");
  if (value === "") throw unusable(`the secret file ${path} is empty; write the secret into it`);
  if (file.rights !== undefined) throw unusable(`the secret file ${path} ${file.rights.message}`);
  return value;
}

function unusable(message: string): BrokerAuthError {
  return new BrokerAuthError("configuration", message);
}
