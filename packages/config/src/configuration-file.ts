import { extname, isAbsolute } from "node:path";
import { BrokerAuthError } from "@x/core";
import { LineCounter, parseDocument } from "yaml";
import { findJsonFault } from "./json-fault.ts";
import { readTextFile } from "./text-file.ts";

/**
 * Reads a configuration file as data: `.json` is strictly JSON, `.yaml` and `.yml` are YAML 1.2. Messages name the file as it was given, and
 * line and column, never content.
 * @throws BrokerAuthError `configuration`
 */
export async function readConfigurationFile(path: string, shown: string): Promise<unknown> {
  const extension = extname(path).toLowerCase();
  const parse = extension === ".json" ? parseJson : /^\.ya?ml$/.test(extension) ? parseYaml : undefined;
  if (parse === undefined) throw unusable(`${shown} must end in .json, .yaml or .yml`);
  const file = await readTextFile(path);
  if (!("problem" in file)) {
    const document = file.text.trim() === "" ? undefined : parse(file.text, shown);
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

function parseYaml(text: string, shown: string): unknown {
  const lines = new LineCounter();
  // prettyErrors would quote the lines around the fault, and the messages quote words: the code says enough.
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false, logLevel: "silent" });
  const fault = document.errors[0];
  if (fault !== undefined) {
    const { line, col } = lines.linePos(fault.pos[0]);
    const code = fault.code.toLowerCase().replaceAll("_", " ");
    throw unusable(`${shown} is not YAML: look at line ${line}, column ${col} (${code})`);
  }
  try {
    return document.toJS();
  } catch {
    // The one thing that is found this late: aliases that would unfold into something huge, or point nowhere.
    throw unusable(`${shown} is not usable YAML: write its aliases (*name) out`);
  }
}

function unusable(message: string): BrokerAuthError {
  return new BrokerAuthError("configuration", message, { field: "configuration" });
}
