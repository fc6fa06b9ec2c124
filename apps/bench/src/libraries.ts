/** What core and the adapters import of ky, otplib and zod, as a bundler meets it. */
export const libraries: readonly string[] = [
  "ky",
  "@otplib/core",
  "@otplib/plugin-base32-scure",
  "@otplib/totp",
  "@noble/hashes/hmac.js",
  "@noble/hashes/legacy.js",
  "@noble/hashes/utils.js",
  "zod/mini",
];
