import type { Journal } from "@x/sandbox";
import { openTestEnvironment } from "@x/test-environment";
import { leakAccounts, neverKept } from "../secrets/leak-accounts.ts";
import { LeakScanner } from "../secrets/leak-scanner.ts";
import { Overheard } from "../secrets/overheard.ts";
import { atLeast, counted, exactly, none, type Proof, told } from "../harness/proof.ts";
import { failurePaths } from "./failure-paths.ts";
import { LeakStores } from "./leak-stores.ts";
import { misconfigure, misconfigureFiles } from "./misconfigurations.ts";

export const proof: Proof = {
  promises: ["P6"],
  bar: "a unique value as every secret and identifier, every failure path driven: 0 hits, raw, in base64, URL-encoded, and in parts of 8 characters and more",
  async run(context) {
    const accounts = leakAccounts(context.random);
    const overheard = new Overheard();
    const scanner = new LeakScanner();
    const kept = new LeakScanner();
    for (const [label, value] of Object.entries(accounts.markers)) {
      scanner.add(label, value);
      if (neverKept.test(label)) kept.add(label, value);
    }
    const stores = new LeakStores(context.directory);
    const sent = { requests: 0, secrets: 0 };
    using _ = overheard.listen();
    misconfigure(accounts, overheard, context);
    await misconfigureFiles(accounts, overheard);
    const paths = failurePaths(context);
    for (const [index, path] of paths.entries()) {
      const store = stores.next(index);
      await using test = await openTestEnvironment({ sandbox: accounts.sandbox });
      await path(test, { accounts, overheard, store });
      // What went over the wire is what must not appear elsewhere: tokens, codes, device ids as the brokers saw them.
      sent.requests += test.sandbox.journal.count();
      sent.secrets += learn(test.sandbox.journal, scanner, kept);
      for (const { method, path: place, query } of test.sandbox.journal.entries())
        overheard.text(`${method} ${place}?${query.replace(accounts.ownQuery, "")}`);
      await stores.overhear(store, overheard);
    }
    const files = await stores.files();
    const hits = [
      ...among(overheard.texts, scanner, shown),
      ...among(files, scanner, () => "a database file"),
      ...among(stores.plainBodies, kept, () => "a plain record"),
    ];
    const bytes = overheard.bytes + [...files, ...stores.plainBodies].reduce((sum, text) => sum + text.length, 0);
    return counted({
      hits: none(hits),
      "bytes scanned": told(bytes),
      "failure paths": told(paths.length + overheard.configurations),
      errors: atLeast(overheard.errors, paths.length),
      events: atLeast(overheard.events, 1),
      "requests with": told(sent.requests),
      "different tokens and codes": atLeast(sent.secrets, 10),
      "rejections that nobody saw": exactly(overheard.lost, 0),
    });
  },
};

/** The tokens, codes and device ids that a run brought forth. Returns how many. */
function learn(journal: Journal, scanner: LeakScanner, kept: LeakScanner): number {
  const secrets = new Set<string>();
  for (const { headers, body } of journal.entries()) {
    for (const name of ["authorization", "auth", "sid", "x-temp-token", "x-device-id"]) {
      const value = headers[name]?.replace(/^Bearer /, "");
      if (value !== undefined && value.length >= 16) secrets.add(value);
    }
    const { totp, otp } = (body ?? {}) as { readonly totp?: unknown; readonly otp?: unknown };
    for (const code of [totp, otp]) {
      if (typeof code !== "string" && typeof code !== "number") continue;
      const six = String(code).padStart(6, "0");
      scanner.addWord("a code", six);
      kept.addWord("a code", six);
    }
  }
  // Much in a token is the same in all of them, or nearly so: short parts would meet by chance.
  for (const secret of secrets) scanner.add("a token or device id", secret, 16);
  return secrets.size;
}

/** What lies in which of these texts. */
function among(texts: Iterable<string>, by: LeakScanner, place: (text: string) => string): string[] {
  return [...texts].flatMap((text) => by.find(text).map((label) => `${label} in ${place(text)}`));
}

/** Enough of a text to find the place, without the value itself. */
function shown(text: string): string {
  return JSON.stringify(text.slice(0, 60).replaceAll(/[\w@+=-]{8,}/g, "…"));
}
