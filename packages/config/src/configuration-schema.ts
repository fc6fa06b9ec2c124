import type { BrokerAuthProvider } from "@x/core";
import {
  boolean,
  discriminatedUnion,
  enum as oneOf,
  literal,
  looseObject,
  number,
  record,
  strictObject,
  string,
  toJSONSchema,
  union,
  type ZodType,
} from "zod";

/** A JSON Schema as plain data, ready for `JSON.stringify`. */
export type JsonSchema = Readonly<Record<string, unknown>>;

type Field = BrokerAuthProvider["fields"][string];

/**
 * The JSON Schema (draft 2020-12) of a configuration file for these brokers, made from their tables of fields: for editors, which then know
 * the fields and show what they are. The published `schema.json` is the one of all brokers of this project. Values are checked by the adapters.
 */
export function configSchema(brokers: readonly BrokerAuthProvider[]): JsonSchema {
  const name = string().regex(/^[A-Za-z0-9$][\w-]{0,63}$/);
  const [first, ...others] = brokers.map(accountSchema);
  const account = first === undefined ? strictObject({}) : discriminatedUnion("broker", [first, ...others]);
  const schema = strictObject({
    $schema: describe(string().optional(), "Where this schema lies, for the editor."),
    accounts: describe(
      record(name, account),
      "Accounts by a name of your choice, under which programs and logs know them.",
      { minProperties: 1 },
    ),
    use: describe(
      record(name, string()).optional(),
      "Aliases: which account a program means by a word such as trading. Changing one word here switches the broker.",
    ),
    brokers: describe(
      strictObject(Object.fromEntries(brokers.map(({ broker }) => [broker, looseObject({}).optional()]))).optional(),
      "Options of the adapters, the same for all accounts of a broker; each adapter's README lists them.",
    ),
    store: describe(
      union([strictObject({ redis, ...sealing }), strictObject({ postgres, ...sealing })]).optional(),
      "Where sessions are kept, for programs on several machines. Without it the program gives the store.",
    ),
  });
  return toJSONSchema(schema.meta({ title: "Broker accounts" }), { target: "draft-2020-12" });
}

function accountSchema({ broker, fields }: BrokerAuthProvider) {
  const properties = Object.entries(fields).map(([name, field]) => [name, fieldSchema(field)]);
  return strictObject({
    broker: literal(broker),
    site: describe(
      string().optional(),
      "Keeps apart the sessions of one account that logs in from several addresses. A name of your choice.",
    ),
    ...Object.fromEntries(properties),
  });
}

function fieldSchema({ description, required, values }: Field) {
  const text = values === undefined ? string() : oneOf(values);
  const value = describe(union([text, reference]), description);
  return required ? value : value.optional();
}

const reference = describe(
  record(string(), string()),
  'Where the value is: { "env": "NAME" } for a variable of the environment or of .env, { "file": "PATH" } for a file that holds nothing else.',
  // Programs may know further kinds, so the kind is not checked here.
  { id: "reference", minProperties: 1, maxProperties: 1 },
);

const url = describe(union([string(), reference]), "Address of the server, such as redis://… or postgres://…");
const span = number().int().min(1).max(3_600_000).optional();
const spans = {
  timeoutMs: describe(span, "How long one call may take, in milliseconds."),
  leaseMs: describe(span, "After how many milliseconds the lock of a dead program is free."),
};
const redis = strictObject({
  url,
  prefix: describe(string().optional(), "Begins every key. Default broker-auth."),
  ...spans,
});
const postgres = strictObject({
  url,
  table: describe(string().optional(), "Name of the table, with its schema where needed. Default broker_auth."),
  migrate: describe(boolean().optional(), "Makes the table where it is not there. Default false."),
  ...spans,
});
const sealing = {
  key: describe(
    union([string(), reference]).optional(),
    'The store\'s key: 32 bytes in base64, several with commas, the newest first. Default { "env": "STORE_KEY" }.',
  ),
  plaintext: describe(literal("i-understand").optional(), "Keeps sessions unencrypted."),
};

function describe<Schema extends ZodType>(schema: Schema, description: string, more: object = {}): Schema {
  return schema.meta({ description, ...more });
}
