/** What a value may be taken apart into and still count as the value, in characters. */
const partLength = 8;

/** Knows values that must not appear anywhere, and finds them in texts: as they are, in base64, URL-encoded, in hexadecimal digits, and in parts. */
export class LeakScanner {
  readonly #parts = new Parts();
  readonly #words = new Map<string, string>();

  /**
   * A value that is too short for parts is looked for as a word of its own: within the digits of a time or the letters of a hash it would be
   * found by chance.
   * @param length of the parts, for values that are less random than they are long
   */
  add(label: string, value: string, length: number = partLength): void {
    if (value.length < length) this.addWord(label, value);
    else this.#parts.add(label, value, length);
  }

  /** A value of which there are many in a run, such as a spent code: it counts as a word of its own. */
  addWord(label: string, value: string): void {
    this.#words.set(value, label);
  }

  /** The labels of what the text holds. */
  find(text: string): readonly string[] {
    const found = new Set<string>();
    this.#findPlain(text, found);
    // Base64 may begin at any of four characters, in both alphabets.
    for (const [run] of text.matchAll(/[A-Za-z0-9+/_-]{6,}/g))
      for (let start = 0; start < 4; start++)
        this.#findPlain(Buffer.from(run.slice(start), "base64").toString("latin1"), found);
    for (const [run] of text.matchAll(/[\w.~-]*%[0-9A-Fa-f]{2}[\w.~%-]*/g))
      this.#findPlain(
        run.replaceAll(/%([0-9A-Fa-f]{2})/g, (_, digits: string) => byte(digits)),
        found,
      );
    for (const [run] of text.matchAll(/(?:[0-9A-Fa-f]{2}){8,}/g))
      this.#findPlain(Buffer.from(run, "hex").toString("latin1"), found);
    return [...found];
  }

  #findPlain(text: string, found: Set<string>): void {
    this.#parts.find(text, found);
    for (const [word] of text.matchAll(/(?<![A-Za-z0-9])[A-Za-z0-9]{4,7}(?![A-Za-z0-9])/g)) {
      const label = this.#words.get(word);
      if (label !== undefined) found.add(label);
    }
  }
}

/** Parts of values, found in one pass over a text for each length. */
class Parts {
  readonly #byLength = new Map<number, Map<string, string>>();

  add(label: string, value: string, length: number): void {
    const parts = this.#byLength.get(length) ?? new Map<string, string>();
    this.#byLength.set(length, parts);
    for (let start = 0; start + length <= value.length; start++) parts.set(value.slice(start, start + length), label);
  }

  find(text: string, found: Set<string>): void {
    for (const [length, parts] of this.#byLength) {
      for (let start = 0; start + length <= text.length; start++) {
        const label = parts.get(text.slice(start, start + length));
        if (label !== undefined) found.add(label);
      }
    }
  }
}

function byte(digits: string): string {
  return String.fromCharCode(Number.parseInt(digits, 16));
}
