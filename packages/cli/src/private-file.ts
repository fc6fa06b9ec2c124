import { closeSync, constants, openSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { BrokerAuthError } from "@x/core";
import { readOwnFile } from "./own-file.ts";
import { makePrivateFolder } from "./private-folder.ts";

/**
 * Writes a file that only this user may read (0600), in folders that only this user may enter. It appears whole or not at all, and takes the place
 * of a link without following it.
 * @throws BrokerAuthError `store_unavailable` where it cannot be written
 */
export function writePrivately(path: string, text: string): void {
  const draft = `${path}.${process.pid}.new`;
  try {
    makePrivateFolder(dirname(path));
    const file = openSync(draft, constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL, 0o600);
    try {
      writeFileSync(file, text);
    } finally {
      closeSync(file);
    }
    renameSync(draft, path);
  } catch (cause) {
    rmSync(draft, { force: true });
    const code = (cause as NodeJS.ErrnoException).code ?? "unknown reason";
    throw new BrokerAuthError("store_unavailable", `${path} cannot be written (${code})`, {
      cause,
      action: "Make room, or make the folder writable for you.",
    });
  }
}

/** Reads a file that was written so. @throws where something else stands there */
export function readPrivately(path: string): string {
  return readOwnFile(path).toString("utf8");
}
