import { encode } from "uqr";

const [dark, light] = [16, 231];

/**
 * A QR code for a terminal, two rows of it in each line. Dark on light by colours of its own, whatever the terminal's are, with a border of two:
 * readers take no code that is light on dark.
 */
export function qrCode(text: string): string {
  const { data } = encode(text, { ecc: "M", border: 2 });
  const colour = (row: number, column: number): number => (data[row]?.[column] === true ? dark : light);
  const lines = Array.from({ length: Math.ceil(data.length / 2) }, (_, line) =>
    (data[0] ?? [])
      .map((__, column) => `\u001b[38;5;${colour(line * 2, column)};48;5;${colour(line * 2 + 1, column)}m▀`)
      .join(""),
  );
  return lines.map((line) => `${line}\u001b[0m\n`).join("");
}
