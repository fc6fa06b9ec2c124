import type { RecordKey, TokenStore } from "@x/core";

/** Changes the texts of records where they lie, as somebody else would who writes to the store. @param keys default: all of them */
export async function rewriteRecords(
  store: TokenStore,
  change: (text: string) => string,
  keys: AsyncIterable<RecordKey> | Iterable<RecordKey> = store.keys(),
): Promise<void> {
  for await (const key of keys) {
    const record = await store.read(key);
    if (record === undefined) continue;
    const body = new TextEncoder().encode(change(new TextDecoder().decode(record.body)));
    await store.swap(key, record.revision, { ...record, revision: record.revision + 1, body });
  }
}
