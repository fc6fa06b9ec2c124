/** Whether a header can leave: the platform's own check, and Node's narrower one on top of it, which comes only with sending. */
export function isSendableHeader(name: string, value: string): boolean {
  try {
    return /^[\t\x20-\x7e\x80-\xff]*$/.test(new Headers([[name, value]]).get(name) ?? "");
  } catch {
    return false;
  }
}
