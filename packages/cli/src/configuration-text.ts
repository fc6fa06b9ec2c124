import { BrokerAuthError, type BrokerAuthProvider } from "@x/core";
import { type Document, isMap, isScalar, parseDocument } from "yaml";

/** How a field is written: as it is, as a file of its own, or as the name of an environment variable. */
export type WrittenField =
  | { readonly kind: "text"; readonly value: string }
  | { readonly kind: "secret"; readonly value: string }
  | { readonly kind: "variable"; readonly name: string };

export interface NewAccount {
  readonly account: string;
  readonly broker: string;
  readonly fields: ReadonlyMap<string, WrittenField>;
  readonly described: BrokerAuthProvider["fields"];
}

export interface WrittenConfiguration {
  readonly yaml: string;
  /** Files below the configuration's folder, each with the one value that it holds. */
  readonly secrets: readonly (readonly [path: string, value: string])[];
}

const head = `# yaml-language-server: $schema=schema.json
# Accounts of broker-auth. Programs read it too: loadConfig() of @x/config.
# A value is a text, { file: PATH } or { env: NAME }. Files lie beside this one and hold one value each.
# broker-auth config check says what is wrong with it, broker-auth init adds an account.
accounts: {}
# Other names for accounts: a program says trading, and this line says which account that is.
use: {}
`;

/** The names of the accounts in the text of a configuration. @throws BrokerAuthError `configuration` */
export function accountNames(text: string): readonly string[] {
  const accounts = documentOf(text).get("accounts");
  return isMap(accounts) ? accounts.items.map(({ key }) => String(key)) : [];
}

/** Adds an account to the text of a configuration; comments and everything else in it stay. @throws BrokerAuthError `configuration` */
export function addAccount(text: string, { account, broker, fields, described }: NewAccount): WrittenConfiguration {
  const document = documentOf(text);
  const secrets: [string, string][] = [];
  const written: Record<string, unknown> = { broker };
  for (const [name, field] of fields) written[name] = valueOf(field, `secrets/${account}-${name}`, secrets);
  if (!isMap(document.get("accounts"))) document.set("accounts", {});
  const accounts = document.get("accounts");
  if (isMap(accounts)) accounts.flow = false;
  document.setIn(["accounts", account], document.createNode(written));
  describe(document, account, described);
  return { yaml: document.toString({ lineWidth: 0 }), secrets };
}

/** Puts a secret of an account into a file of its own, and the reference to it into the text. @throws BrokerAuthError `configuration` */
export function setSecret(
  text: string,
  { account, field, value }: { readonly account: string; readonly field: string; readonly value: string },
): WrittenConfiguration {
  const document = parseDocument(text);
  if (document.errors.length > 0 || !document.hasIn(["accounts", account]))
    throw refused("the file cannot be changed; broker-auth config check tells what is wrong with it");
  const path = `secrets/${account}-${field}`;
  const reference = document.createNode({ file: path });
  if (isMap(reference)) reference.flow = true;
  document.setIn(["accounts", account, field], reference);
  return { yaml: document.toString({ lineWidth: 0 }), secrets: [[path, value]] };
}

function documentOf(text: string): Document {
  const document = parseDocument(text.trim() === "" ? head : text);
  if (document.errors.length > 0 || !isMap(document.contents))
    throw refused("the file that is there is not YAML with accounts; broker-auth config check tells where");
  return document;
}

function valueOf(field: WrittenField, path: string, secrets: [string, string][]): unknown {
  if (field.kind === "text") return field.value;
  if (field.kind === "variable") return { env: field.name };
  secrets.push([path, field.value]);
  return { file: path };
}

// What the fields are, and which others there are, so that nobody has to look them up.
function describe(document: Document, account: string, described: BrokerAuthProvider["fields"]): void {
  const node = document.getIn(["accounts", account]);
  if (!isMap(node)) return;
  for (const { key, value } of node.items) {
    const about = described[String(key)]?.description;
    if (isMap(value)) value.flow = true;
    if (about !== undefined && typeof value === "object" && value !== null)
      (value as { comment?: string }).comment = ` ${about}`;
  }
  const missing = Object.keys(described).filter((name) => !node.has(name));
  const first = node.get("broker", true);
  if (missing.length > 0 && isScalar(first)) first.comment = ` Further fields: ${missing.join(", ")}`;
}

function refused(message: string): BrokerAuthError {
  return new BrokerAuthError("configuration", message, { field: "configuration" });
}
