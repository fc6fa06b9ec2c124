/** Text for a terminal or a log: what could move the cursor, colour the screen or begin a line of its own is taken out. */
export function plain(text: string): string {
  // oxlint-disable-next-line no-control-regex -- control characters are what it is about
  return text.replaceAll(/[\u0000-\u001f\u007f-\u009f\u200b-\u200f\u2028-\u202e\u2066-\u2069]/g, " ");
}
