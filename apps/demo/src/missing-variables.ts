import { readFile, stat } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import { parseEnv } from "node:util";
import { BrokerAuthError } from "@x/core";
import { isMap, isScalar, parseDocument, visit } from "yaml";

/**
 * Names all variables that a configuration refers to and nobody has set, where there are several: one at a time would be a start for each.
 * One alone, and a file that cannot be read, are left to `loadConfig`.
 * @throws BrokerAuthError `configuration`
 */
export async function requireVariables(
  config: string,
  env: Readonly<Record<string, string | undefined>>,
): Promise<void> {
  const file = parseEnv(await textOf(join(dirname(resolve(config)), ".env")));
  const missing = variablesIn(await textOf(config)).filter((name) => !env[name] && !file[name]);
  // Somebody may have written a value where its name belongs: that is not repeated.
  if (missing.length < 2 || !missing.every((name) => /^[A-Za-z]+(_\w+)+$/.test(name))) return;
  const message = `the variables ${missing.join(", ")} are not set; set them in the environment or in .env`;
  throw new BrokerAuthError("configuration", message, { field: missing[0] });
}

// A pipe would be waited for.
async function textOf(path: string): Promise<string> {
  const found = await stat(path).catch(() => undefined);
  return found?.isFile() ? readFile(path, "utf8").catch(() => "") : "";
}

function variablesIn(text: string): string[] {
  const names = new Set<string>();
  visit(parseDocument(text, { logLevel: "silent" }), {
    Pair(_, { value }) {
      const [only, ...others] = isMap(value) ? value.items : [];
      if (only === undefined || others.length > 0 || !isScalar(only.key) || only.key.value !== "env") return;
      if (isScalar(only.value)) names.add(String(only.value.value));
    },
  });
  return [...names];
}
