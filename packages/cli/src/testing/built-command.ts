import { copyFileSync, mkdtempSync, symlinkSync } from "node:fs";
import { rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "tsdown";
import { command } from "../../tsdown.config.ts";

const place = fileURLToPath(new URL("../..", import.meta.url));

/** The command as it is published, built in a package folder of its own: what others build or pack meanwhile is not touched. */
export class BuiltCommand {
  readonly folder: string = mkdtempSync(join(tmpdir(), "broker-auth-command-"));

  private constructor() {
    copyFileSync(join(place, "package.json"), join(this.folder, "package.json"));
    // What is not in the bundle is found where it is installed.
    symlinkSync(join(place, "node_modules"), join(this.folder, "node_modules"), "junction");
  }

  static async make(): Promise<BuiltCommand> {
    const made = new BuiltCommand();
    await made.build();
    return made;
  }

  get bin(): string {
    return join(this.folder, "dist/bin.js");
  }

  /** Builds it, also anew after its source has changed. */
  async build(): Promise<void> {
    const outDir = join(this.folder, "dist");
    for (const part of command) await build({ ...part, config: false, cwd: place, outDir, logLevel: "error" });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await rm(this.folder, { recursive: true, force: true });
  }
}
