/**
 * An IP address out of an answer, fit to be shown; undefined for anything else. A phone or a PIN, which an answer may repeat in any field, is
 * no address: four numbers up to 255 with dots between them, or IPv6 with its colons.
 */
export function shownAddress(value: unknown): string | undefined {
  if (typeof value !== "string" || value.length > 45) return undefined;
  const isFour = /^(?:(?:25[0-5]|2[0-4]\d|1?\d?\d)(?:\.(?!$)|$)){4}$/.test(value);
  const isSix = /^[\da-f:.]+$/i.test(value) && value.includes(":") && URL.canParse(`http://[${value}]/`);
  return isFour || isSix ? value : undefined;
}
