import { type CANCEL_SYMBOL, isCancel, password, select, text } from "@clack/prompts";
import { Interrupted } from "./failure.ts";

// Questions go to standard error: standard output is for what the command was asked for.
const output = process.stderr;

/** Asks for something that is not shown while it is typed or pasted. @throws Interrupted on Ctrl-C */
export async function askHidden(
  message: string,
  refuse?: (value: string) => string | undefined,
  signal?: AbortSignal,
): Promise<string> {
  const given = signal === undefined ? {} : { signal };
  return answered(await password({ message, output, validate: (value = "") => refuse?.(value), ...given }));
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
      message,
      output,
      ...(initial === undefined ? {} : { initialValue: initial }),
      ...(placeholder === undefined ? {} : { placeholder }),
      validate: (value = "") => refuse?.(value),
    }),
  );
}

export async function askChoice<Value extends string>(
  message: string,
  options: readonly { readonly value: Value; readonly label: string; readonly hint?: string }[],
): Promise<Value> {
  const choices = options.map((option) => ({ ...option })) as never;
  return answered(await select<Value>({ message, output, options: choices }));
}

function answered<Value>(value: Value | typeof CANCEL_SYMBOL): Value {
  if (isCancel(value)) throw new Interrupted("interrupted");
  return value;
}
