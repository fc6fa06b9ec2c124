import { readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { type Json, type JsonObject, isJsonObject, parseJson } from "./json.ts";
import { SandboxError } from "./sandbox-error.ts";

const VERSION = 1;

/** What outlives a run. The journal does not. */
export interface SavedState {
  readonly clockOffsetMs: number;
  /** "nubra.api", "kotak-neo.login", … "control": the second run listens where the first did. */
  readonly ports: Readonly<Record<string, number>>;
  /** Broker to what its `snapshot` returned. */
  readonly brokers: JsonObject;
}

/** One JSON file, replaced as a whole. */
export interface StateFile {
  /** Undefined if there is no file yet. @throws SandboxError state_file_corrupt, state_file_version, state_file_unusable */
  read(): SavedState | undefined;
  /** Writes at once, unless nothing changed since the last call. @throws SandboxError state_file_unusable */
  write(state: SavedState): void;
}

export function openStateFile(path: string): StateFile {
  let written: string | undefined;

  const unusable = (error: unknown): SandboxError => {
    const code = error instanceof Error && "code" in error ? String(error.code) : "unknown";
    return new SandboxError(
      "state_file_unusable",
      `The state file ${path} cannot be used (${code}); check the folder and its rights.`,
    );
  };

  return {
    read() {
      let text: string;
      try {
        text = readFileSync(path, "utf8");
      } catch (error) {
        if (error instanceof Error && "code" in error && error.code === "ENOENT") return undefined;
        throw unusable(error);
      }
      return decode(text, path);
    },
    write(state) {
      const text = `${JSON.stringify({ version: VERSION, ...state }, undefined, 2)}\n`;
      if (text === written) return;
      const temporary = `${path}.${process.pid}.tmp`;
      try {
        // Renaming is atomic: a killed sandbox leaves the old file or the new one.
        writeFileSync(temporary, text, { mode: 0o600 });
        renameSync(temporary, path);
      } catch (error) {
        rmSync(temporary, { force: true });
        throw unusable(error);
      }
      written = text;
    },
  };
}

function decode(text: string, path: string): SavedState {
  const json = parseJson(text);
  const { version, clockOffsetMs, ports, brokers } = isJsonObject(json) ? json : {};
  if (typeof version === "number" && version !== VERSION) {
    throw new SandboxError(
      "state_file_version",
      `The state file ${path} has version ${version}, this sandbox reads ${VERSION}; move it away.`,
    );
  }
  if (version !== VERSION || typeof clockOffsetMs !== "number" || !isPorts(ports) || !isJsonObject(brokers)) {
    throw new SandboxError(
      "state_file_corrupt",
      `The state file ${path} cannot be read as one; it was left alone. Move it away to start afresh.`,
    );
  }
  return { clockOffsetMs, ports, brokers };
}

function isPorts(value: Json | undefined): value is Record<string, number> {
  return isJsonObject(value) && Object.values(value).every((port) => typeof port === "number");
}
