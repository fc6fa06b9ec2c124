/** Whether a header can leave: the platform's own check, and Node's narrower one on top of it, which comes only with sending. */
export function isSendableHeader(name: string, value: string): boolean {
  try {
    return /^[\t\x20-\x7e\x80-\xff]*$/.test(new Headers([[name, value]]).get(name) ?? "");
  } catch {
    return false;
  }
}

/** Whether a value can be a token: visible characters, no spaces, of a length that servers take. It goes into a header. */
export function isHeaderText(value: unknown): value is string {
  return typeof value === "string" && /^[\x21-\x7e]{1,8192}$/.test(value);
}
