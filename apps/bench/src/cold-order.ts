import type { StoredRecord } from "@x/core";
import type { Accounts } from "./accounts.ts";

/** What a program of the cold bench is given, as JSON in its only argument. */
export interface ColdOrder {
  readonly origin: string;
  readonly accounts: Accounts;
  /** The clock's standing value. */
  readonly now: number;
  /** Where the encrypted store and its key are. */
  readonly directory: string;
  readonly keyPath: string;
  /** What an earlier login left in a memory store, the body in base64. */
  readonly key: string;
  readonly record: Omit<StoredRecord, "body"> & { readonly body: string };
  /** A sealed body and its key, in base64, for a program that reads it without this library. */
  readonly bare: { readonly database: string; readonly key: string };
}

/** The order of the program that is running. */
export function coldOrder(): ColdOrder {
  return JSON.parse(process.argv[2] ?? "") as ColdOrder;
}
