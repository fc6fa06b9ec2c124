#!/usr/bin/env bash
# totp-generator gives a code of five digits where the whole 31-bit number is below 100000, about once in 21,475 steps: six digits are cut off its
# end, and the zeros in front come back only with `explicitZeroPad: true`, which is off by default. Codes such as 012345 are right, so tests miss it.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
npm init -y >/dev/null
npm install --no-audit --no-fund --ignore-scripts --loglevel=error totp-generator@2.0.1 otplib@13.5.0 >/dev/null
cat >look.mjs <<'JS'
import { generateSync } from "otplib";
import { TOTP } from "totp-generator";

const secret = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"; // invented
// Steps found by search: the number is 10165, 77730 and 63795 here.
const rare = [1894319940000, 1894599660000, 1894838790000];
let right = true;
for (const timestamp of rare) {
  const usual = (await TOTP.generate(secret, { timestamp })).otp;
  const padded = (await TOTP.generate(secret, { timestamp, explicitZeroPad: true })).otp;
  const reference = generateSync({ secret, epoch: timestamp / 1000 });
  console.log(`${new Date(timestamp).toISOString()}: totp-generator "${usual}", with explicitZeroPad "${padded}", otplib "${reference}"`);
  right &&= usual.length === 5 && `0${usual}` === reference && padded === reference;
}
// The ordinary leading zero is kept: one code in ten begins with 0, and 2,000 steps agree.
let zeros = 0;
for (let step = 0; step < 2000; step++) {
  const timestamp = Date.UTC(2031, 2, 3) + step * 30_000;
  const { otp } = await TOTP.generate(secret, { timestamp });
  right &&= otp === generateSync({ secret, epoch: timestamp / 1000 });
  if (otp.startsWith("0")) zeros++;
}
console.log(`2,000 ordinary steps agree, ${zeros} of them begin with 0`);
console.log(`totp-generator 2.0.1, otplib 13.5.0, Node ${process.version}, ${new Date().toISOString().slice(0, 10)}`);
console.log(right ? "as found: five digits by default" : "CHANGED");
process.exitCode = right ? 0 : 1;
JS
node look.mjs
