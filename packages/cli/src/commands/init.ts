import { existsSync, readFileSync, statSync } from "node:fs";
import { dirname, join } from "node:path";
import { BrokerAuthError, type BrokerAuthProvider, isBrokerAuthError } from "@x/core";
import { localStore } from "@x/stores/local";
import { brokers } from "../brokers.ts";
import { schemaText } from "../configuration-schema.ts";
import { configurationPath } from "../configuration-path.ts";
import { trustedConfiguration } from "../trusted-configuration.ts";
import { accountNames, addAccount, type WrittenField } from "../configuration-text.ts";
import type { CommonOptions } from "../desk.ts";
import { isAccountName, questions, type Questions } from "../init-questions.ts";
import { writePrivately } from "../private-file.ts";
import { canAsk, print, styled, wrapped } from "../terminal.ts";

export interface InitOptions extends CommonOptions {
  readonly broker?: string | undefined;
  readonly account?: string | undefined;
  /** Values that are no secrets, such as `environment=uat`. */
  readonly set?: readonly string[] | undefined;
  /** Refer to environment variables, and ask nothing. */
  readonly fromEnv?: boolean | undefined;
  readonly stdin?: boolean | undefined;
}

/** Writes the configuration with its schema, or adds an account to it, and makes the store's key. */
export async function init(options: InitOptions): Promise<void> {
  const path = configurationPath(options.config);
  const there = existsSync(path);
  if (there) trustedConfiguration(options.config);
  if (there && !statSync(path).isFile())
    throw refused(
      "configuration",
      `${path} is ${statSync(path).isDirectory() ? "a folder" : "a pipe or a device"}, not a file; give the path of a file`,
    );
  if (path.endsWith(".json"))
    throw refused("configuration", "init writes YAML, where comments can stand; give a path that ends in .yaml");
  const ask = await questions({ stdin: options.stdin === true, terminal: canAsk(), fromEnv: options.fromEnv === true });
  const providers = brokers.map((make) => make());
  const broker = options.broker ?? (await ask.broker(providers.map((provider) => provider.broker)));
  const provider = providers.find((candidate) => candidate.broker === broker);
  if (provider === undefined) throw refused("broker", `--broker takes ${either(providers.map((one) => one.broker))}`);
  const text = there ? readFileSync(path, "utf8") : "";
  const taken = accountNames(text);
  const account = options.account ?? (await ask.account(there ? broker : "main", taken));
  if (!isAccountName(account)) throw refused("account", "--account takes letters, digits, - and _ only, at most 64");
  // Before anything is asked: nobody types secrets for nothing.
  if (taken.includes(account))
    throw refused(
      "account",
      `there is an account of the name ${account} already; correct it in ${path}, or give another name by --account`,
    );
  const fields = await fieldsOf(provider, account, { ask, given: plainValues(provider, options.set ?? []) });
  const folder = dirname(path);
  const { yaml, secrets } = addAccount(text, { account, broker, fields, described: provider.fields });
  for (const [name, value] of secrets) writePrivately(join(folder, name), `${value}\n`);
  writePrivately(join(folder, "schema.json"), schemaText());
  writePrivately(path, yaml);
  const store = localStore();
  try {
    await store.ready?.();
  } finally {
    await store.close();
  }
  await print(
    wrapped(
      `${styled("green", "✓")} ${account} (${broker}) stands in ${path}\n` +
        (secrets.length > 0 ? `  What is secret lies in ${join(folder, "secrets")}, for you alone to read.\n` : "") +
        (options.fromEnv === true ? variableNotes(provider, fields) : "") +
        `  Sessions are kept, encrypted, in ${store.place ?? "your home directory"}.\n` +
        `\nNext: ${styled("bold", `broker-auth login ${account}`)}\n`,
    ),
  );
}

/** Which variables are still to be set, and what a login asks for because its variable is not. */
function variableNotes(provider: BrokerAuthProvider, fields: ReadonlyMap<string, WrittenField>): string {
  const unset = [...fields.values()].flatMap((field) =>
    field.kind === "variable" && process.env[field.name] === undefined ? [field.name] : [],
  );
  const leftOut = wantedOf(provider).flatMap(([name, { env }]) =>
    fields.has(name) || !Array.isArray(env) ? [] : `${name}: { env: ${env[0]} }`,
  );
  return [
    unset.length > 0 ? `  Set ${unset.join(", ")} in the environment, or in .env beside the file.\n` : "",
    leftOut.length > 0
      ? `  Left out, because not set: ${leftOut.join(", ")}. A login asks for what is not in the file.\n`
      : "",
  ].join("");
}

/** The fields that `init` asks for. */
function wantedOf(provider: BrokerAuthProvider): [string, BrokerAuthProvider["fields"][string]][] {
  return Object.entries(provider.fields).filter(
    ([name, { secret, required }]) => secret && (required || name === "mpin" || name === "totpSecret"),
  );
}

/** Asks for what an account needs, each field checked by the adapter as soon as it is there. */
async function fieldsOf(
  provider: BrokerAuthProvider,
  account: string,
  { ask, given }: { readonly ask: Questions; readonly given: ReadonlyMap<string, string> },
): Promise<ReadonlyMap<string, WrittenField>> {
  const fields = new Map<string, WrittenField>([...given].map(([name, value]) => [name, { kind: "text", value }]));
  const values = new Map<string, string>(given);
  const wanted = wantedOf(provider).filter(([name]) => !given.has(name));
  // The required ones first: what is wrong with the others can be told only once these are there.
  for (const [name, field] of wanted.toSorted(([, one], [, other]) => Number(other.required) - Number(one.required))) {
    const variable = field.env === false ? undefined : field.env?.[0];
    const answer = await ask.field({ name, field, variable, account }, (value) =>
      objection(provider, values, name, value),
    );
    if (answer === undefined) continue;
    if (answer.kind !== "variable") values.set(name, answer.value);
    fields.set(name, answer);
  }
  for (const [name, value] of given) {
    const wrong = objection(provider, values, name, value);
    if (wrong !== undefined) throw refused(name, `${name} ${wrong}`);
  }
  return fields;
}

// What the adapter says against this very field; what it says of others is about what was not asked for yet.
function objection(
  provider: BrokerAuthProvider,
  known: ReadonlyMap<string, string>,
  name: string,
  value: string,
): string | undefined {
  try {
    provider.parseCredentials({ ...Object.fromEntries(known), [name]: value });
  } catch (error) {
    if (isBrokerAuthError(error) && error.field === name) return error.message.replace(`${name}: `, "");
  }
  return undefined;
}

function plainValues(provider: BrokerAuthProvider, given: readonly string[]): Map<string, string> {
  return new Map(
    given.map((pair) => {
      const at = pair.indexOf("=");
      const name = pair.slice(0, Math.max(0, at));
      const field = Object.hasOwn(provider.fields, name) ? provider.fields[name] : undefined;
      const plain = Object.keys(provider.fields).filter((one) => provider.fields[one]?.secret === false);
      if (field?.secret === true)
        throw refused(
          name,
          `${name} is secret, and every user of this machine can read a command line; leave it out and it is asked for`,
        );
      if (field === undefined) throw refused("set", `--set takes NAME=VALUE with ${either(plain)}`);
      const value = pair.slice(at + 1);
      if (field.values !== undefined && !field.values.includes(value.toLowerCase()))
        throw refused(name, `${name} takes ${either(field.values)}`);
      return [name, value];
    }),
  );
}

function either(names: readonly string[]): string {
  return [names.slice(0, -1).join(", "), ...names.slice(-1)].filter((part) => part !== "").join(" or ");
}

function refused(field: string, message: string): BrokerAuthError {
  return new BrokerAuthError("configuration", message, { field });
}
