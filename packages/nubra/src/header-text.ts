/** Whether a value can be a token: visible characters, no spaces, of a length that servers take. It goes into a header. */
export function isHeaderText(value: unknown): value is string {
  return typeof value === "string" && /^[\x21-\x7e]{1,8192}$/.test(value);
}
