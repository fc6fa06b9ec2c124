import { type BrokerAuth, createBrokerAuth, type PlatformOptions, type TokenStore } from "@x/core";
import { type KotakNeoAccount, kotakNeo, type KotakNeoProvider } from "@x/kotak-neo";
import { nubra, type NubraAccount, type NubraProvider } from "@x/nubra";
import type { ConfiguredAccount, TestAccount, TestAccountName } from "./test-account.ts";

export type TestAuth<Name extends string = TestAccountName> = BrokerAuth<NubraProvider | KotakNeoProvider, Name>;

/** What is other than usual for one engine. */
export interface TestEngineChanges {
  /** Fields of the two usual accounts; as `undefined` they are taken away. */
  readonly main?: Partial<NubraAccount>;
  readonly hedge?: Partial<KotakNeoAccount> & { readonly site?: string };
  readonly store?: TokenStore;
  /** In place of the platform's, such as one that fails. */
  readonly fetch?: typeof fetch;
  /** What the program calls itself. */
  readonly program?: string;
  /** For jitter. Default in the process of the environment: always a half, so that every wait is shortened by a quarter. */
  readonly random?: () => number;
  /** Of one call to a broker, in milliseconds. */
  readonly timeoutMs?: number;
  /** Of one call to the store, in milliseconds. */
  readonly storeTimeoutMs?: number;
  /** Logins under way at once. */
  readonly concurrency?: number;
  /** How far the host's clock is ahead of the brokers', in milliseconds. */
  readonly apartMs?: number;
  /** In place of the clock's own, which is over at once. */
  readonly sleep?: (ms: number, signal?: AbortSignal) => Promise<void>;
}

export function openEngine<Name extends string>(
  accounts: readonly TestAccount<Name>[],
  changes: TestEngineChanges & { readonly store: TokenStore } & Pick<PlatformOptions, "clock">,
): TestAuth<Name> {
  const { main, hedge, timeoutMs, storeTimeoutMs, apartMs: _, sleep: __, ...options } = changes;
  const changed: Readonly<Record<string, object | undefined>> = { main, hedge };
  const configured = accounts.map(({ name, ...account }) => [name, { ...account, ...changed[name] }]);
  return createBrokerAuth({
    ...options,
    brokers: [nubra({ timeoutMs }), kotakNeo({ timeoutMs })],
    accounts: Object.fromEntries(configured) as Record<Name, ConfiguredAccount & { readonly totpSecret: string }>,
    ...(storeTimeoutMs === undefined ? {} : { timeoutMs: storeTimeoutMs }),
  });
}
