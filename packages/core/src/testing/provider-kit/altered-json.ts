/** Texts and numbers in JSON, in the order in which they stand there. */
export function leavesOf(json: unknown): readonly unknown[] {
  const leaves: unknown[] = [];
  walk(json, (leaf) => leaves.push(leaf));
  return leaves;
}

/** The same JSON with something else in place of one leaf. */
export function withLeaf(json: unknown, nth: number, change: (leaf: unknown) => unknown): unknown {
  let met = 0;
  return walk(json, (leaf) => (met++ === nth ? change(leaf) : leaf));
}

/** Both at once, at every depth; where they disagree, the second one counts, unless it says nothing. */
export function merged(json: unknown, other: unknown): unknown {
  if (other === undefined || other === null) return json;
  if (!isRecord(json) || !isRecord(other)) return other;
  const names = new Set([...Object.keys(json), ...Object.keys(other)]);
  return Object.fromEntries([...names].map((name) => [name, merged(json[name], other[name])]));
}

export function isRecord(json: unknown): json is Readonly<Record<string, unknown>> {
  return typeof json === "object" && json !== null && !Array.isArray(json);
}

function walk(json: unknown, change: (leaf: unknown) => unknown): unknown {
  if (json === undefined) return undefined;
  return JSON.parse(JSON.stringify(json), (_, part: unknown) =>
    typeof part === "string" || typeof part === "number" ? change(part) : part,
  );
}
