/** The form of everything that `--json` prints. It rises when something is taken away or means something else; further fields may come at any time. */
export const jsonVersion = 1;

export function jsonLine(value: Readonly<Record<string, unknown>>): string {
  return `${JSON.stringify({ version: jsonVersion, ...value })}\n`;
}
