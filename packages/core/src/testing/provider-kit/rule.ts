import type { ProviderTestEnvironment } from "./test-environment.ts";

/** One thing that every adapter does, whatever its broker. */
export interface ProviderRule {
  /** In the present tense: what an adapter does. */
  readonly title: string;
  /** How an author keeps it; shown with every failure. */
  readonly advice: string;
  /** Throws when the adapter does something else. @param open a further broker with a further instance of the adapter */
  readonly check: (test: ProviderTestEnvironment, open: () => Promise<ProviderTestEnvironment>) => Promise<void>;
}
