// Properties of characters are looked up in tables that take longer to build than all else that is done with a configuration: only where there are
// such characters.
const ordinary = /^[\t-\r\x20-\x7e]*$/;

/**
 * A value without what comes along when it is copied: spaces and line breaks around it, characters that nobody sees, and quotes around it, which
 * `docker --env-file` and some shells keep.
 */
export function plainText(value: string): string {
  let plain = (ordinary.test(value) ? value : value.replaceAll(/\p{Cf}/gu, "")).trim();
  for (;;) {
    const inner = /^(?:"(.*)"|'(.*)'|`(.*)`|“(.*)”|‘(.*)’)$/s
      .exec(plain)
      ?.slice(1)
      .find((one) => one !== undefined);
    if (inner === undefined) return plain;
    plain = inner.trim();
  }
}

/** The same for digits and Base32, within which people put spaces and dashes. */
export function ungrouped(value: string): string {
  const plain = plainText(value);
  return ordinary.test(plain) ? plain.replaceAll(/[\s-]/g, "") : plain.replaceAll(/[\s\p{Pd}]/gu, "");
}

/** A configured or typed MPIN of four to six digits, however it is spelt; undefined for anything else. */
export function mpinDigits(input: unknown): string | undefined {
  const digits = typeof input === "string" ? ungrouped(input) : "";
  return /^\d{4,6}$/.test(digits) ? digits : undefined;
}
