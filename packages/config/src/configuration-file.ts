import { extname, isAbsolute } from "node:path";
import { BrokerAuthError } from "@x/core";
import { findJsonFault } from "./json-fault.ts";
import { readTextFile } from "./text-file.ts";

/**
 * YAML documents that were read before, by their text. For a program that is started again and again and would load the parser each time. What is
 * kept holds all that the file holds.
 */
export interface KnownDocuments {
  find(text: string): unknown;
  keep(text: string, document: unknown): void;
}

/**
 * Reads a configuration file as data: `.json` is strictly JSON, `.yaml` and `.yml` are YAML 1.2. Messages name the file as it was given, and
 * line and column, never content.
 * @throws BrokerAuthError `configuration`
 */
export async function readConfigurationFile(path: string, shown: string, known?: KnownDocuments): Promise<unknown> {
  const extension = extname(path).toLowerCase();
  const parse = extension === ".json" ? parseJson : /^\.ya?ml$/.test(extension) ? parseYaml : undefined;
  if (parse === undefined) throw unusable(`${shown} must end in .json, .yaml or .yml`);
  const file = await readTextFile(path);
  if (!("problem" in file)) {
    const document = file.text.trim() === "" ? undefined : await parse(file.text, shown, known);
    // A YAML file of comments alone is null.
    if (document === undefined || document === null) throw unusable(`${shown} is empty; write accounts into it`);
    if (typeof document !== "object" || Array.isArray(document))
      throw unusable(`${shown} must hold an object with accounts`);
    return document;
  }
  // A relative path means another file in another folder, and programs are started from anywhere.
  const place = file.missing && !isAbsolute(shown) ? ` in ${process.cwd()}` : "";
  const remedy = file.remedy ?? "give the path of a configuration file that this program may read";
  throw unusable(`${shown} ${file.problem}${place}; ${remedy}`);
}

function parseJson(text: string, shown: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // V8's message quotes the text around the fault.
    const lines = text.slice(0, findJsonFault(text)).split("\n");
    throw unusable(`${shown} is not JSON: look at line ${lines.length}, column ${(lines.at(-1)?.length ?? 0) + 1}`);
  }
}

// Loaded where there is YAML to read: the parser takes longer to load than everything else here together.
async function parseYaml(text: string, shown: string, known: KnownDocuments | undefined): Promise<unknown> {
  const before = known?.find(text);
  if (before !== undefined) return before;
  const { readYaml } = await import("./yaml-document.ts");
  const document = readYaml(text, shown);
  if (document !== undefined && document !== null) known?.keep(text, document);
  return document;
}

function unusable(message: string): BrokerAuthError {
  return new BrokerAuthError("configuration", message, { field: "configuration" });
}
