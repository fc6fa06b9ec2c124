#!/usr/bin/env bash
# Two well-kept libraries read the same otpauth:// addresses, as authenticator apps export them, the other way round: otpauth takes any case and
# refuses `SHA-1`, an empty algorithm, `06` and `030`; @otplib/uri takes these and refuses upper case. Neither takes `HmacSHA1`. All of them mean
# the ordinary profile: six digits, 30 seconds, SHA-1.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
npm init -y >/dev/null
npm install --no-audit --no-fund --ignore-scripts --loglevel=error otpauth@9.5.2 @otplib/uri@13.5.0 >/dev/null
cat >look.mjs <<'JS'
import { parse } from "@otplib/uri";
import { URI } from "otpauth";

const secret = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"; // invented
const takes = (read, address) => {
  try {
    read(address);
    return true;
  } catch {
    return false;
  }
};
// address, taken by otpauth, taken by @otplib/uri
const cases = [
  [`otpauth://totp/x?secret=${secret}&algorithm=SHA1`, true, true],
  [`OTPAUTH://TOTP/x?SECRET=${secret}`, true, false],
  [`otpauth://totp/x?secret=${secret}&algorithm=SHA-1`, false, true],
  [`otpauth://totp/x?secret=${secret}&algorithm=`, false, true],
  [`otpauth://totp/x?secret=${secret}&digits=06`, false, true],
  [`otpauth://totp/x?secret=${secret}&period=030`, false, true],
  [`otpauth://totp/x?secret=${secret}&algorithm=HmacSHA1`, false, false],
];
let same = true;
for (const [address, ...expected] of cases) {
  const seen = [takes((one) => URI.parse(one), address), takes(parse, address)];
  console.log(`${address.replace(secret, "...")}: otpauth ${seen[0]}, @otplib/uri ${seen[1]}`);
  same &&= seen.join() === expected.join();
}
console.log(`otpauth 9.5.2, @otplib/uri 13.5.0, Node ${process.version}, ${new Date().toISOString().slice(0, 10)}`);
console.log(same ? "as found" : "CHANGED");
process.exitCode = same ? 0 : 1;
JS
node look.mjs
