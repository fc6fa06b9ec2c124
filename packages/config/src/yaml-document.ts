import { BrokerAuthError } from "@x/core";
import { LineCounter, parseDocument } from "yaml";

/** What a YAML 1.2 text says, as data. @throws BrokerAuthError `configuration` with line and column, never with content */
export function readYaml(text: string, shown: string): unknown {
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
