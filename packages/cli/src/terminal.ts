import { writeSync } from "node:fs";
import { stripVTControlCharacters, styleText } from "node:util";

type Style = "bold" | "dim" | "green" | "red" | "cyan" | "yellow";

/** Whether a person can be asked: both the answer and the question need a terminal. */
export function canAsk(): boolean {
  return process.stdin.isTTY && process.stderr.isTTY;
}

/** Text in one of the terminal's own colours, which its theme keeps readable on dark and light; plain in a pipe and with NO_COLOR. */
export function styled(style: Style, text: string, stream: NodeJS.WriteStream = process.stdout): string {
  return coloured(stream) ? styleText(style, text, { validateStream: false }) : text;
}

function coloured(stream: NodeJS.WriteStream): boolean {
  const { NO_COLOR, FORCE_COLOR, TERM } = process.env;
  if (NO_COLOR !== undefined && NO_COLOR !== "") return false;
  if (FORCE_COLOR !== undefined && FORCE_COLOR !== "" && FORCE_COLOR !== "0") return true;
  return stream.isTTY && TERM !== "dumb";
}

/** Columns of the terminal, or of the one that a pipe is made for. */
export function columns(stream: NodeJS.WriteStream = process.stdout): number {
  return stream.columns ?? 80;
}

/**
 * Lines for a person: broken between words at the terminal's width, and as they are where the stream is no terminal, for programs that read it.
 * @param indent of what goes on in a further line; by default that of its beginning
 */
export function wrapped(
  text: string,
  { stream = process.stdout, indent }: { readonly stream?: NodeJS.WriteStream; readonly indent?: number } = {},
): string {
  if (!stream.isTTY) return text;
  const width = Math.max(20, columns(stream));
  return text
    .split("\n")
    .flatMap((line) => {
      const margin = indent === undefined ? (/^ */.exec(line)?.[0] ?? "") : " ".repeat(indent);
      const lines: string[] = [];
      for (const word of line.split(" ")) {
        const last = lines.at(-1);
        const fits = last !== undefined && (last.trim() === "" || lengthOf(last) + 1 + lengthOf(word) <= width);
        if (fits) lines[lines.length - 1] = `${last} ${word}`;
        else lines.push(last === undefined ? word : `${margin}${word}`);
      }
      return lines;
    })
    .join("\n");
}

function lengthOf(line: string): number {
  return stripVTControlCharacters(line).length;
}

/** Writes the result of a command. Rejects with the system's error. */
export async function print(text: string): Promise<void> {
  let rest = Buffer.from(text);
  while (rest.byteLength > 0) {
    try {
      // Not by process.stdout, whose making costs a fifth of the time in which headers are there.
      rest = rest.subarray(writeSync(1, rest));
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "EAGAIN") throw error;
      // A pipe that does not block, and is full.
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
  }
}

/** Writes a line for the person: progress, warnings, what went wrong. A reader that went away does not matter. */
export function tell(line: string): void {
  process.stderr.write(`${wrapped(line, { stream: process.stderr })}\n`);
}
