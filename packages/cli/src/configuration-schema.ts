import schema from "../../config/schema.json" with { type: "json" };

/** The published JSON Schema of a configuration, as text. */
export function schemaText(): string {
  return `${JSON.stringify(schema, undefined, 2)}\n`;
}
