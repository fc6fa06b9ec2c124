type Expected = "value" | "first item" | "key" | "first key" | "colon" | "separator" | "end";

const space = /[ \t\r\n]*/y;
// RFC 8259 sections 3, 6 and 7.
const token =
  /[{}[\],:]|"(?:[ !#-[\]-\uffff]|\\(?:["\\/bfnrt]|u[\dA-Fa-f]{4}))*"|-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?|true|false|null/y;

/**
 * The place at which a text stops being JSON, as an index into it; undefined if it is JSON. `JSON.parse` knows it too, but tells some of its
 * errors without a place and with a piece of the text, which may be a secret.
 */
export function findJsonFault(text: string): number | undefined {
  const open: ("{" | "[")[] = [];
  let expected: Expected = "value";
  for (let at = 0; ;) {
    at += match(space, text, at)?.length ?? 0;
    if (at === text.length) return expected === "end" ? undefined : at;
    const found = match(token, text, at);
    const next: Expected | undefined = found === undefined ? undefined : follow(expected, found, open);
    if (found === undefined || next === undefined) return at;
    expected = next;
    at += found.length;
  }
}

// What may come after this token; undefined where the token is out of place. Keeps `open` up to date.
function follow(expected: Expected, found: string, open: ("{" | "[")[]): Expected | undefined {
  const after = (): Expected => (open.length === 0 ? "end" : "separator");
  switch (expected) {
    case "end":
      return undefined;
    case "colon":
      return found === ":" ? "value" : undefined;
    case "separator":
      if (found === ",") return open.at(-1) === "{" ? "key" : "value";
      return closes(found, open) ? after() : undefined;
    case "first key":
    case "key":
      if (expected === "first key" && closes(found, open)) return after();
      return found.startsWith('"') ? "colon" : undefined;
    case "first item":
    case "value":
      if (expected === "first item" && closes(found, open)) return after();
      if (found === "{" || found === "[") {
        open.push(found);
        return found === "{" ? "first key" : "first item";
      }
      return /^[}\],:]/.test(found) ? undefined : after();
  }
}

function closes(found: string, open: ("{" | "[")[]): boolean {
  const fits = found === (open.at(-1) === "{" ? "}" : "]");
  if (fits) open.pop();
  return fits;
}

function match(pattern: RegExp, text: string, at: number): string | undefined {
  pattern.lastIndex = at;
  return pattern.exec(text)?.[0];
}
