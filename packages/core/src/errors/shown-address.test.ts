import { expect, it } from "vitest";
import { shownAddress } from "./shown-address.ts";

it.each(["203.0.113.10", "0.0.0.0", "255.255.255.255", "2001:db8::1", "::1", "::ffff:203.0.113.10", "FE80::1"])(
  "shows the address %s",
  (address) => {
    expect(shownAddress(address)).toBe(address);
  },
);

it.each([
  ["a phone", "9000000001"],
  ["a PIN", "135797"],
  ["a PIN of hexadecimal digits", "c0ffee"],
  ["dots alone", "...."],
  ["a PIN and dots", "1357.9.7.1"],
  ["three numbers", "203.0.113"],
  ["five numbers", "203.0.113.10.1"],
  ["a dot at the end", "203.0.113.10."],
  ["a number above 255", "203.0.113.256"],
  ["colons that are no address", "13:57"],
  ["a host's name", "localhost"],
  ["a port", "203.0.113.10:80"],
  ["markup", "<script>"],
  ["nothing", ""],
  ["a number", 3_405_803_786],
  ["no text", undefined],
])("takes %s for none", (_what, value) => {
  expect(shownAddress(value)).toBeUndefined();
});
