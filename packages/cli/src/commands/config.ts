import { schemaText } from "../configuration-schema.ts";
import { type CommonOptions, openDesk } from "../desk.ts";
import { jsonLine } from "../json-output.ts";
import { tellWarnings } from "../report.ts";
import { print, styled, wrapped } from "../terminal.ts";

/** Says whether the configuration can be used, every account and every file that it refers to. */
export async function checkConfig(options: CommonOptions & { readonly json?: boolean }): Promise<void> {
  await using desk = await openDesk(options);
  const { accounts, warnings } = desk.configuration;
  const names = Object.keys(accounts);
  if (options.json === true) return await print(jsonLine({ path: desk.path, accounts: names, warnings }));
  tellWarnings(warnings);
  const counted = names.length === 1 ? "one account" : `${names.length} accounts`;
  await print(wrapped(`${styled("green", "✓")} ${desk.path}: ${counted}, ${names.join(", ")}\n`, { indent: 2 }));
}

/** Prints the JSON Schema of a configuration, for an editor. */
export async function printSchema(): Promise<void> {
  await print(schemaText());
}
