import { BrokerAuthError, type BrokerAuthProvider } from "@x/core";
import type { WrittenField } from "./configuration-text.ts";
import { InputLines } from "./standard-input.ts";

type Field = BrokerAuthProvider["fields"][string];

export interface FieldQuestion {
  readonly name: string;
  readonly field: Field;
  /** The environment variable that may hold it. */
  readonly variable: string | undefined;
  readonly account: string;
}

/** What `init` has to be told. */
export interface Questions {
  broker(known: readonly string[]): Promise<string>;
  /** @param taken names that other accounts have */
  account(proposal: string, taken: readonly string[]): Promise<string>;
  /** Undefined where an optional field is left out. @param objection what is wrong with a value, such as `must be ten digits` */
  field(question: FieldQuestion, objection: (value: string) => string | undefined): Promise<WrittenField | undefined>;
}

const accountName = /^[A-Za-z0-9$][\w-]{0,63}$/;

/** Whether an account may be called so: the name stands in paths of files, too. */
export function isAccountName(text: string): boolean {
  return accountName.test(text);
}

/** A field in words, as its description begins: `the registered mobile number`. */
function fieldInWords({ description }: Field): string {
  const [title = ""] = description.split(/[:;,]|\.(?: |$)/);
  return `the ${title.replace(/^[A-Z][a-z]+\b/, (word) => word.toLowerCase())}`;
}

// Who somebody is may be seen while it is typed: it is no key to anything.
const shown = new Set(["phone", "mobileNumber", "ucc", "email", "clientCode", "userId", "apiKey"]);

/** A person at a terminal, lines of a pipe, environment variables, or nobody. */
export async function questions(from: {
  readonly stdin: boolean;
  readonly terminal: boolean;
  readonly fromEnv: boolean;
}): Promise<Questions> {
  if (from.stdin) return ofPipe();
  if (from.fromEnv)
    return { ...nobody, account: async (proposal) => proposal, field: async (question) => variable(question) };
  return from.terminal ? ofTerminal() : { ...nobody, account: async (proposal) => proposal };
}

function variable({ variable: name, field }: FieldQuestion): WrittenField | undefined {
  if (name === undefined || (!field.required && process.env[name] === undefined)) return undefined;
  return { kind: "variable", name };
}

async function ofTerminal(): Promise<Questions> {
  const { askChoice, askHidden, askText } = await import("./prompts.ts");
  return {
    broker: (known) =>
      askChoice(
        "Which broker?",
        known.map((value) => ({ value, label: titles[value] ?? value })),
      ),
    account: (proposal, taken) =>
      askText("A name for this account, for your programs and for you", {
        initial: proposal,
        refuse: (value) => {
          if (taken.includes(value)) return "There is an account of that name already.";
          return isAccountName(value) ? undefined : "Letters, digits, - and _ only, at most 64.";
        },
      }),
    async field({ name, field }, objection) {
      const optional = field.required ? "" : " (leave it empty to be asked at each login)";
      const message = `${field.description.replace(/, as text\.$|\.$/, "")}${optional}`;
      const refuse = (value: string): string | undefined =>
        value.trim() === "" ? (field.required ? "It is needed." : undefined) : sentence(objection(value));
      const value = shown.has(name) ? await askText(message, { refuse }) : await askHidden(message, refuse);
      return value.trim() === "" ? undefined : { kind: "secret", value };
    },
  };
}

function ofPipe(): Questions {
  const lines = new InputLines();
  return {
    ...nobody,
    account: async (proposal) => proposal,
    async field({ name, field }, objection) {
      const value = (await lines.next()) ?? "";
      if (value.trim() === "") {
        if (field.required) throw needed(name, fieldInWords(field), "a line of standard input");
        return undefined;
      }
      const wrong = objection(value);
      if (wrong !== undefined)
        throw new BrokerAuthError("configuration", `${fieldInWords(field)} ${wrong}`, { field: name });
      return { kind: "secret", value };
    },
  };
}

const nobody: Questions = {
  broker: async (known) => {
    throw needed("broker", "the broker", `--broker ${known.join(" or --broker ")}`);
  },
  account: async () => {
    throw needed("account", "the account's name", "--account NAME");
  },
  field: async ({ name, field }) => {
    if (!field.required) return undefined;
    throw needed(name, fieldInWords(field), "--stdin, --from-env or a terminal");
  },
};

const titles: Readonly<Record<string, string>> = {
  nubra: "Nubra",
  "kotak-neo": "Kotak Neo",
  zerodha: "Zerodha",
  "angel-one": "Angel One",
};

function sentence(objection: string | undefined): string | undefined {
  return objection === undefined ? undefined : `It ${objection}.`;
}

function needed(field: string, what: string, how: string): BrokerAuthError {
  return new BrokerAuthError("needs_input", `${what} is missing, and there is no terminal to ask at`, {
    field,
    action: `Give it by ${how}.`,
  });
}
