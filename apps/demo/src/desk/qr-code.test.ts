import { createHash } from "node:crypto";
import { describe, expect, it } from "vitest";
import { qrCode, qrSvg } from "./qr-code.ts";

/** Reads a code back, as a reader would that has found its corners: format, mask, then the bits in their zigzag. */
function readBack(modules: readonly (readonly boolean[])[]): string {
  const size = modules.length;
  const at = (x: number, y: number): boolean => modules[y]?.[x] ?? false;
  const format = [0, 1, 2, 3, 4, 5, 7, 8].map((y) => at(8, y)).concat([7, 5, 4, 3, 2, 1, 0].map((x) => at(x, 8)));
  const bits = format.reduce((sum, dark, bit) => sum | (dark ? 1 << bit : 0), 0) ^ 0x5412;
  const mask = (bits >> 10) & 7;
  expect(bits >> 13, "error correction L").toBe(1);
  const masked = (x: number, y: number): boolean =>
    [
      (x + y) % 2 === 0,
      y % 2 === 0,
      x % 3 === 0,
      (x + y) % 3 === 0,
      (Math.floor(x / 3) + Math.floor(y / 2)) % 2 === 0,
      ((x * y) % 2) + ((x * y) % 3) === 0,
      (((x * y) % 2) + ((x * y) % 3)) % 2 === 0,
      (((x + y) % 2) + ((x * y) % 3)) % 2 === 0,
    ][mask] ?? false;
  const isPattern = (x: number, y: number): boolean =>
    x === 6 ||
    y === 6 ||
    (x < 9 && y < 9) ||
    (x < 9 && y >= size - 8) ||
    (x >= size - 8 && y < 9) ||
    (Math.abs(x - 30) < 3 && Math.abs(y - 30) < 3);
  const message: boolean[] = [];
  const columns = [...Array(size).keys()].filter((x) => x !== 6).toReversed();
  for (let pair = 0; pair < columns.length; pair += 2) {
    const rows = [...Array(size).keys()];
    for (const y of (pair / 2) % 2 === 0 ? rows.toReversed() : rows)
      for (const x of columns.slice(pair, pair + 2)) if (!isPattern(x, y)) message.push(at(x, y) !== masked(x, y));
  }
  const number = (from: number, length: number): number =>
    message.slice(from, from + length).reduce((sum, dark) => sum * 2 + (dark ? 1 : 0), 0);
  expect(number(0, 4), "bytes").toBe(4);
  return Buffer.from(Array.from({ length: number(4, 8) }, (_, index) => number(12 + index * 8, 8))).toString();
}

describe("a QR code", () => {
  it.each(["a", "otpauth://totp/nubra:sms?secret=JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP&issuer=nubra", "x".repeat(106)])(
    "holds %s",
    (text) => {
      expect(readBack(qrCode(text))).toBe(text);
    },
  );

  it("is the picture that a reader of its own has read (zbarimg 0.23, check bytes included)", () => {
    const svg = qrSvg("otpauth://totp/Nubra:sms?secret=JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP&issuer=Nubra");
    expect(createHash("sha256").update(svg).digest("hex")).toBe(
      "7488fb5721d3b81e3b46288be06db3b11d780362b47bf77473e54cdd27ab530b",
    );
  });

  it("refuses a text that it cannot hold", () => {
    expect(() => qrCode("x".repeat(107))).toThrow(RangeError);
  });
});
