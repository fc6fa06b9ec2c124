import type { ConfiguredFactors } from "./attempt-ledger.ts";
import { type Fingerprinter, fingerprinter } from "./fingerprint.ts";
import type { Factor } from "../contract/provider-context.ts";
import type { AccountIdentity } from "../contract/provider.ts";
import { Secret } from "../contract/secret.ts";

/** Fingerprints of what an account is configured with. */
export interface CredentialPrints {
  readonly configured: ConfiguredFactors;
  /** Of the whole set. Undefined where it holds no TOTP secret: of a few digits alone a fingerprint would tell them to whoever has its key. */
  readonly set: string | undefined;
  /** By the same key, for what is typed. */
  readonly fingerprint: Fingerprinter;
}

/** @param key the record's own */
export async function credentialPrints(factors: AccountIdentity["factors"], key: string): Promise<CredentialPrints> {
  const fingerprint = fingerprinter(key);
  const entries = given(factors).map(async ([factor, value]) => [factor, await fingerprint(factor, value)] as const);
  const configured: ConfiguredFactors = Object.fromEntries(await Promise.all(entries));
  const set = factors.totp === undefined ? undefined : await fingerprint("set", wholeSet(factors));
  return { configured, set, fingerprint };
}

// In one order, whatever the adapter's.
function wholeSet(factors: AccountIdentity["factors"]): Secret {
  const entries = given(factors).map(([factor, value]) => [factor, value.reveal()]);
  return new Secret(JSON.stringify(entries.toSorted(([a = ""], [b = ""]) => (a < b ? -1 : 1))));
}

function given(factors: AccountIdentity["factors"]): (readonly [Factor, Secret])[] {
  return Object.entries(factors).filter((entry): entry is [Factor, Secret] => entry[1] !== undefined);
}
