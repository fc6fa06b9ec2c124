import { type CANCEL_SYMBOL, isCancel, password, select, text } from "@clack/prompts";
import { Interrupted } from "./failure.ts";
import { wrapped } from "./terminal.ts";

// Questions go to standard error: standard output is for what the command was asked for.
const output = process.stderr;

/** Asks for something that is not shown while it is typed or pasted. @throws Interrupted on Ctrl-C */
export async function askHidden(
  message: string,
  refuse?: (value: string) => string | undefined,
  signal?: AbortSignal,
): Promise<string> {
  const given = signal === undefined ? {} : { signal };
  const validate = refusal(refuse);
  return answered(await password({ message: below(message), output, validate, ...given }));
}

export async function askText(
  message: string,
  {
    initial,
    placeholder,
    refuse,
  }: { readonly initial?: string; readonly placeholder?: string; refuse?: (value: string) => string | undefined } = {},
): Promise<string> {
  return answered(
    await text({
      message: below(message),
      output,
      ...(initial === undefined ? {} : { initialValue: initial }),
      ...(placeholder === undefined ? {} : { placeholder }),
      validate: refusal(refuse),
    }),
  );
}

export async function askChoice<Value extends string>(
  message: string,
  options: readonly { readonly value: Value; readonly label: string; readonly hint?: string }[],
): Promise<Value> {
  const choices = options.map((option) => ({ ...option })) as never;
  return answered(await select<Value>({ message: below(message), output, options: choices }));
}

// The library writes a mark and two spaces before a text, and breaks what is longer in any place.
function below(words: string): string {
  return wrapped(`   ${words}`, { stream: output, indent: 3 }).slice(3);
}

function refusal(
  refuse: ((value: string) => string | undefined) | undefined,
): (value: string | undefined) => string | undefined {
  return (value = "") => {
    const refused = refuse?.(value);
    return refused === undefined ? undefined : below(refused);
  };
}

function answered<Value>(value: Value | typeof CANCEL_SYMBOL): Value {
  if (isCancel(value)) throw new Interrupted("interrupted");
  return value;
}
