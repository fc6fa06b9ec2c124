import { formats, type HeadersFormat } from "./headers-format.ts";

/**
 * The commands that programs run again and again, in their plain forms: `get`, `headers` and `headers ACCOUNT`. They are told apart here, because the
 * library that reads command lines takes longer to load than they take to answer. Undefined for everything else.
 */
export function quickCommand(argv: readonly string[]): (() => Promise<void>) | undefined {
  const [name, account, flag, format, ...others] = argv;
  if (name === "get" && account === undefined) return async () => (await import("./commands/get.ts")).get({});
  if (name !== "headers" || account?.startsWith("-") === true || others.length > 0) return undefined;
  const asked = flag === undefined ? "json" : flag === "--format" && isFormat(format) ? format : undefined;
  if (asked === undefined) return undefined;
  return async () => (await import("./commands/headers.ts")).headers(account, { format: asked });
}

function isFormat(text: string | undefined): text is HeadersFormat {
  return text !== undefined && (formats as readonly string[]).includes(text);
}
