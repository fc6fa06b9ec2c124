import { spawn } from "node:child_process";
import { text } from "node:stream/consumers";

/** Runs a command to its end, and returns what it printed. Its error output goes to ours. @throws Error where it fails */
export async function linesOf(
  [file = "", ...args]: readonly string[],
  env: NodeJS.ProcessEnv = process.env,
): Promise<string[]> {
  // All proofs together take half an hour.
  const child = spawn(file, args, { env, stdio: ["ignore", "pipe", "inherit"], timeout: 1_800_000 });
  const ended = new Promise<number | null>((resolve, reject) => child.once("close", resolve).once("error", reject));
  const lines = (await text(child.stdout)).split("\n").filter(Boolean);
  if ((await ended) !== 0) throw new Error(`${file} ended early; what it said stands above`);
  return lines;
}
