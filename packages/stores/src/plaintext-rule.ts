import { BrokerAuthError, type TokenStore } from "@x/core";
import { closedMeanwhile } from "./closed-meanwhile.ts";
import { LockWaits } from "./lock-waits.ts";
import { labelKey } from "./store-label.ts";
import { withinTime } from "./time-limit.ts";

const closeLimitMs = 500;

export interface PlaintextOptions {
  /**
   * Keeps what is not encrypted. Whoever can read the store, or a backup of it, can then trade with the sessions in it until they end. Without
   * this word only `encrypted()` can write here.
   */
  readonly plaintext?: "i-understand" | undefined;
}

/**
 * The rule of every store that outlives its program, in one place: nothing in clear is written without the user's word, and whoever gave it does not
 * work in clear in a store that is encrypted. `encrypted()` asks for its label before anything else, which is how its calls are told from others.
 */
export function plaintextRule(store: TokenStore, { plaintext }: PlaintextOptions): TokenStore {
  const allowed = plaintext === "i-understand";
  // Without the word there is nothing to find out: nothing in clear can be written then.
  let checked = !allowed;
  let sealing = false;
  let closings = 0;
  const looks = new Set<Promise<void>>();
  const waits = new LockWaits(store.place);

  async function requireUnsealed(anew = false): Promise<void> {
    if (!anew && (checked || sealing)) return;
    if ((await store.read(labelKey)) !== undefined) throw sealedStore(store);
    checked = true;
  }
  async function whenUnsealed<Result>(work: () => Promise<Result>, anew?: boolean): Promise<Result> {
    const begun = closings;
    const look = requireUnsealed(anew);
    looks.add(look);
    try {
      await look;
    } finally {
      looks.delete(look);
    }
    if (closings === begun) return work();
    checked = !allowed;
    throw closedMeanwhile(store.place);
  }

  return {
    place: store.place,
    ...(store.ready === undefined ? {} : { ready: store.ready.bind(store) }),
    scope: store.scope,
    read(key) {
      if (key === labelKey) sealing = true;
      return checked || sealing ? store.read(key) : whenUnsealed(async () => store.read(key));
    },
    ...(store.readHeader === undefined
      ? {}
      : { readHeader: (key) => whenUnsealed(async () => store.readHeader?.(key)) }),
    async swap(key, expected, next) {
      if (next.sealed) return store.swap(key, expected, next);
      if (!allowed) throw unsealed(store);
      // At each first record: another program may have begun to encrypt meanwhile.
      return whenUnsealed(async () => store.swap(key, expected, next), expected === 0 || sealing);
    },
    lock: (key, options) => waits.during(options, (ending) => whenUnsealed(async () => store.lock(key, ending))),
    async *keys() {
      yield* await whenUnsealed(async () => store.keys());
    },
    purge: (key) => whenUnsealed(async () => store.purge(key)),
    async close() {
      waits.close();
      // What was wanted before is begun first; a store that does not answer keeps nobody from closing it.
      const begun = async (): Promise<unknown> => Promise.allSettled(looks);
      if (looks.size > 0)
        await withinTime(begun, closeLimitMs, () => closedMeanwhile(store.place)).catch(() => undefined);
      closings += 1;
      checked = !allowed;
      await store.close();
    },
  };
}

function unsealed({ place = "the store" }: TokenStore): BrokerAuthError {
  return new BrokerAuthError("configuration", `plaintext: ${place} was given secrets that are not encrypted`, {
    field: "plaintext",
    action: 'Wrap the store in encrypted(), or set plaintext: "i-understand" where unencrypted sessions are wanted.',
  });
}

function sealedStore({ place = "the store" }: TokenStore): BrokerAuthError {
  return new BrokerAuthError("configuration", `plaintext: ${place} is encrypted, and was opened without encrypted()`, {
    field: "plaintext",
    action:
      "Write encrypted(store, key) with the key that it was written with, or localStore() if that is how it was made; or give this program a store of its own.",
  });
}
