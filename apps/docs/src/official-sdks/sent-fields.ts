import type { JournalEntry } from "@x/sandbox";

// How it travels, and not what it says. Every client has its own.
const transport = new Set(
  "accept-encoding accept-language cache-control connection content-length host pragma sec-fetch-mode transfer-encoding".split(
    " ",
  ),
);

/** Every field of a request by its name: of its headers, its query and its body. */
function fieldsOf({ headers, query, body }: JournalEntry): ReadonlyMap<string, string> {
  const own = Object.entries(headers).filter(([name]) => !transport.has(name));
  const words = typeof body === "string" ? Object.fromEntries(new URLSearchParams(body)) : Object(body ?? {});
  const parts: readonly (readonly [string, Readonly<Record<string, unknown>>])[] = [
    ["header", Object.fromEntries(own)],
    ["query", Object.fromEntries(new URLSearchParams(query))],
    ["body", words],
  ];
  const fields = parts.flatMap(([part, values]) =>
    Object.entries(values).map(([name, value]) => [`${part} ${name}`, String(value)] as const),
  );
  return new Map(
    body !== undefined && fields.every(([name]) => !name.startsWith("body")) ? [...fields, ["body", ""]] : fields,
  );
}

/**
 * In what one client's request is another than ours, field by field: what it sends alone, what we send alone, and where both send a value of their own.
 * @param varying fields whose value is another one every time: a code, a token
 */
export function differencesOf(theirs: JournalEntry, ours: JournalEntry, varying: readonly string[] = []): string[] {
  const [sent, own] = [fieldsOf(theirs), fieldsOf(ours)];
  const found = theirs.method === ours.method && theirs.path === ours.path ? [] : ["another call"];
  for (const [name, value] of sent) {
    if (!own.has(name)) found.push(`${name}: theirs alone`);
    else if (own.get(name) !== value && !varying.includes(name)) found.push(`${name}: another value`);
  }
  for (const name of own.keys()) if (!sent.has(name)) found.push(`${name}: ours alone`);
  return found.toSorted();
}
