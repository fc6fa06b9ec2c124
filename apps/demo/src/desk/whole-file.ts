import { randomUUID } from "node:crypto";
import { chmod, mkdir, realpath, rename, stat, writeFile } from "node:fs/promises";
import { dirname } from "node:path";

/** Whole or not at all: a process of the strategy may be reading it just now. A file that was there keeps its place and its rights. */
export async function replaceFile(given: string, text: string): Promise<void> {
  const path = await realpath(given).catch(() => given);
  const mode = await stat(path)
    .then((found) => found.mode & 0o777)
    .catch(() => 0o600);
  const draft = `${path}.${randomUUID()}.new`;
  await mkdir(dirname(path), { recursive: true, mode: 0o700 });
  await writeFile(draft, text, { mode: 0o600 });
  await chmod(draft, mode);
  await rename(draft, path);
}
