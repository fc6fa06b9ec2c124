import { resolve } from "node:path";
import { BrokerAuthError } from "@x/core";
import { readTextFile } from "./text-file.ts";

/** The content of a secret file, and what to change about the file. */
export interface SecretFile {
  readonly value: string;
  /** Set where others than the file's owner may read it. */
  readonly warning: string | undefined;
}

/**
 * Reads a file that holds one secret and nothing else; one line break at its end is dropped. A relative path starts at `folder`.
 * @throws BrokerAuthError `configuration` naming the file
 */
export async function readSecretFile(folder: string, path: string): Promise<SecretFile> {
  const file = await readTextFile(resolve(folder, path));
  if ("problem" in file) {
    const start = file.missing ? "; a relative path starts at the configuration's folder" : "";
    throw unusable(`the secret file ${path} ${file.problem}${start}; correct the path or the file`);
  }
  const value = file.text.replace(/\r?\n$/, "");
  if (value === "") throw unusable(`the secret file ${path} is empty; write the secret into it`);
  // Windows keeps rights elsewhere and shows the same mode for every file.
  const shared = process.platform !== "win32" && (file.mode & 0o044) !== 0;
  const mode = (file.mode & 0o777).toString(8);
  const warning = `other users of this computer may read the secret file ${path} (mode ${mode}); run: chmod 600 ${path}`;
  return { value, warning: shared ? warning : undefined };
}

function unusable(message: string): BrokerAuthError {
  return new BrokerAuthError("configuration", message);
}
