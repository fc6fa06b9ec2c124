import type { Json } from "../../contract/json.ts";

/** Stored data once for each of its leaves, with a value of another kind there. */
export function misshapen(data: Json): Json[] {
  if (typeof data !== "object" || data === null) return [typeof data === "string" ? 5 : "text"];
  if (Array.isArray(data)) {
    const parts: readonly Json[] = data;
    return parts.flatMap((part, index) => misshapen(part).map((other) => parts.with(index, other)));
  }
  const fields = Object.entries(data as Readonly<Record<string, Json | undefined>>);
  return fields.flatMap(([name, part]) =>
    part === undefined
      ? []
      : misshapen(part).map((other) => ({ ...Object.fromEntries(fields), [name]: other }) as Json),
  );
}

/** The kinds of its parts, for messages: what is stored is not for test logs. */
export function shapeOf(data: unknown): string {
  if (typeof data !== "object" || data === null) return String(data);
  return JSON.stringify(data, (_, value: unknown) => (typeof value === "object" ? value : typeof value));
}
