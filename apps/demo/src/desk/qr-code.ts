// One size is all that an otpauth address needs: version 5 (37 by 37 modules), error correction L, which is a single block of 108 data and 26
// check bytes. Names and numbers are those of ISO/IEC 18004.
const size = 37;
const dataBytes = 108;
const checkBytes = 26;
// Two of the data bytes are mode and length.
const longestText = dataBytes - 2;

/** A QR code as rows of modules, true for dark. @throws RangeError for a text of more than 106 bytes */
export function qrCode(text: string): readonly (readonly boolean[])[] {
  const bytes = new TextEncoder().encode(text);
  if (bytes.length > longestText) throw new RangeError(`a QR code of this size holds ${longestText} bytes`);
  const bits = bitsOf(codewords(bytes));
  const candidates = masks.map((mask, number) => drawn(bits, mask, number));
  return candidates.reduce((best, next) => (penalty(next) < penalty(best) ? next : best));
}

/** The same as an SVG picture with the quiet zone that readers need. */
export function qrSvg(text: string): string {
  const path = qrCode(text)
    .flatMap((row, y) => row.map((dark, x) => (dark ? `M${x + 4} ${y + 4}h1v1h-1z` : "")))
    .join("");
  const edge = size + 8;
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${edge} ${edge}" shape-rendering="crispEdges"><path fill="#fff" d="M0 0h${edge}v${edge}H0z"/><path d="${path}"/></svg>`;
}

/** The two ends of every message: data bytes with their padding, then check bytes. */
function codewords(bytes: Uint8Array): Uint8Array {
  const data = new Uint8Array(dataBytes);
  // Mode "byte" (0100) and the length shift everything by half a byte.
  const nibbles = [4, bytes.length >> 4, bytes.length & 15, ...[...bytes].flatMap((byte) => [byte >> 4, byte & 15]), 0];
  for (let at = 0; at * 2 < nibbles.length; at++) data[at] = ((nibbles[at * 2] ?? 0) << 4) | (nibbles[at * 2 + 1] ?? 0);
  for (let at = nibbles.length / 2, first = true; at < dataBytes; at++, first = !first) data[at] = first ? 0xec : 0x11;
  return Uint8Array.of(...data, ...reedSolomon(data));
}

/** The remainder of the data, as a polynomial, by the generator of 26 check bytes. */
function reedSolomon(data: Uint8Array): Uint8Array {
  let generator = [1];
  for (let power = 0, root = 1; power < checkBytes; power++, root = times(root, 2))
    generator = [...generator, 0].map((value, at) => value ^ times(generator[at - 1] ?? 0, root));
  const remainder = new Uint8Array(dataBytes + checkBytes);
  remainder.set(data);
  for (let at = 0; at < dataBytes; at++) {
    const factor = remainder[at] ?? 0;
    for (const [offset, value] of generator.entries())
      remainder[at + offset] = (remainder[at + offset] ?? 0) ^ times(value, factor);
  }
  return remainder.slice(dataBytes);
}

/** Product in GF(2^8) over x^8 + x^4 + x^3 + x^2 + 1. */
function times(left: number, right: number): number {
  let product = 0;
  for (let bit = 7; bit >= 0; bit--)
    product = (product << 1) ^ ((product >> 7) * 0x11d) ^ (((right >> bit) & 1) * left);
  return product;
}

function bitsOf(bytes: Uint8Array): boolean[] {
  return [...bytes].flatMap((byte) => Array.from({ length: 8 }, (_, bit) => ((byte >> (7 - bit)) & 1) === 1));
}

type Mask = (x: number, y: number) => boolean;

const masks: readonly Mask[] = [
  (x, y) => (x + y) % 2 === 0,
  (_x, y) => y % 2 === 0,
  (x) => x % 3 === 0,
  (x, y) => (x + y) % 3 === 0,
  (x, y) => (Math.floor(x / 3) + Math.floor(y / 2)) % 2 === 0,
  (x, y) => ((x * y) % 2) + ((x * y) % 3) === 0,
  (x, y) => (((x * y) % 2) + ((x * y) % 3)) % 2 === 0,
  (x, y) => (((x + y) % 2) + ((x * y) % 3)) % 2 === 0,
];

function drawn(bits: readonly boolean[], mask: Mask, number: number): readonly (readonly boolean[])[] {
  const fixed = patterns(number);
  const rows = fixed.map((row) => row.map((module) => module ?? false));
  let next = 0;
  // Two columns at a time from the right, up and down in turn; the timing column is stepped over.
  for (let right = size - 1; right >= 1; right -= 2) {
    if (right === 6) right = 5;
    for (let step = 0; step < size; step++) {
      const upwards = ((right + 1) & 2) === 0;
      const y = upwards ? size - 1 - step : step;
      for (const x of [right, right - 1]) {
        if (fixed[y]?.[x] !== undefined) continue;
        // The seven bits that are left over are light before the mask.
        rows[y]![x] = (bits[next] ?? false) !== mask(x, y);
        next += 1;
      }
    }
  }
  return rows;
}

/** Everything that does not depend on the message: undefined where its bits go. */
function patterns(mask: number): (boolean | undefined)[][] {
  const rows: (boolean | undefined)[][] = Array.from({ length: size }, () =>
    Array.from({ length: size }, () => undefined),
  );
  const put = (x: number, y: number, dark: boolean): void => {
    const row = rows[y];
    if (row !== undefined && x >= 0 && x < size) row[x] = dark;
  };
  for (let at = 0; at < size; at++) {
    put(at, 6, at % 2 === 0);
    put(6, at, at % 2 === 0);
  }
  const square = (centreX: number, centreY: number, radius: number, light: readonly number[]): void => {
    for (let dy = -radius; dy <= radius; dy++)
      for (let dx = -radius; dx <= radius; dx++)
        put(centreX + dx, centreY + dy, !light.includes(Math.max(Math.abs(dx), Math.abs(dy))));
  };
  for (const [x, y] of [
    [3, 3],
    [size - 4, 3],
    [3, size - 4],
  ] as const)
    square(x, y, 4, [2, 4]);
  square(30, 30, 2, [1]);
  const format = formatBits(mask);
  const bit = (at: number): boolean => ((format >> at) & 1) === 1;
  for (let at = 0; at < 15; at++) {
    // Around the first finder, then again along the two others.
    const [x, y] = at < 6 ? [8, at] : at < 8 ? [8, at + 1] : at === 8 ? [7, 8] : [14 - at, 8];
    put(x, y, bit(at));
    if (at < 8) put(size - 1 - at, 8, bit(at));
    else put(8, size - 15 + at, bit(at));
  }
  put(8, size - 8, true);
  return rows;
}

/** Level L and the mask, with their own check bits (a BCH code), so that no code is all light. */
function formatBits(mask: number): number {
  const data = (1 << 3) | mask;
  let remainder = data;
  for (let step = 0; step < 10; step++) remainder = (remainder << 1) ^ ((remainder >> 9) * 0x537);
  return ((data << 10) | remainder) ^ 0x5412;
}

/** How hard this would be to read: long runs, blocks, what looks like a finder, and an uneven share of dark. */
function penalty(rows: readonly (readonly boolean[])[]): number {
  const columns = rows.map((_, x) => rows.map((row) => row[x] ?? false));
  let points = 0;
  for (const line of [...rows, ...columns]) {
    const text = line.map((dark) => (dark ? "1" : "0")).join("");
    for (const [run] of text.matchAll(/0{5,}|1{5,}/g)) points += run.length - 2;
    points += 40 * [...text.matchAll(/(?=10111010000)|(?=00001011101)/g)].length;
  }
  for (const [y, row] of rows.entries())
    for (const [x, dark] of row.entries())
      if (x > 0 && y > 0 && [row[x - 1], rows[y - 1]?.[x], rows[y - 1]?.[x - 1]].every((other) => other === dark))
        points += 3;
  const share = rows.flat().filter(Boolean).length / (size * size);
  return points + 10 * Math.floor(Math.abs(share - 0.5) * 20);
}
