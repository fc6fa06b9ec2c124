import { formats, type HeadersFormat } from "./headers-text.ts";

/**
 * One of the commands that programs run again and again, in their plain forms: `get`, `headers` and `headers ACCOUNT`. They are told apart here,
 * because the library that reads command lines takes longer to load than they take to answer.
 */
export type QuickCommand =
  | {
      readonly name: "get";
      /** What came on standard input, once somebody has read it. */
      request?: string;
    }
  | { readonly name: "headers"; readonly account: string | undefined; readonly format: HeadersFormat };

/** Undefined for everything else. */
export function quickCommand(argv: readonly string[]): QuickCommand | undefined {
  const [name, account, flag, given, ...others] = argv;
  if (name === "get" && account === undefined) return { name };
  if (name !== "headers" || account?.startsWith("-") === true || others.length > 0) return undefined;
  const format = flag === undefined ? "json" : flag === "--format" && isFormat(given) ? given : undefined;
  return format === undefined ? undefined : { name, account, format };
}

function isFormat(text: string | undefined): text is HeadersFormat {
  return text !== undefined && (formats as readonly string[]).includes(text);
}
