import type { BrokerAuthErrorCode } from "../errors/error-codes.ts";

/** What a provider sees of an answer when it judges it. */
export interface ResponseView {
  readonly method: string;
  /** Path without query. */
  readonly path: string;
  readonly status: number;
  /** Value of a header, by any spelling of its name. */
  header(name: string): string | undefined;
  /**
   * The parsed body where it is a small JSON object (64 KiB), whatever its content type says: of every answer where the provider's verdicts are in
   * the `body`, else of errors (from 400 on) only.
   */
  readonly json?: unknown;
}

/** The facts of a refusal that is not about the session. */
export interface Refusal {
  readonly code: BrokerAuthErrorCode;
  /** What happened, in one sentence without secrets. */
  readonly message: string;
  /** What to do next, where the code's own sentence says too little. */
  readonly action?: string | undefined;
  readonly brokerCode?: string | number | undefined;
  readonly retryAfterMs?: number | undefined;
}

/**
 * What an answer says about the session.
 * `alive`: nothing against it. `dead`: it has ended. `suspect`: one probe decides; if it lives, the answer goes to the caller,
 * or `otherwise` is thrown. `refused`: the broker said no for a reason that is not the session; never a reason to log in.
 */
export type Verdict =
  | { readonly kind: "alive" }
  | { readonly kind: "dead"; readonly brokerCode?: string | number | undefined }
  | { readonly kind: "suspect"; readonly otherwise?: Refusal | undefined }
  | { readonly kind: "refused"; readonly refusal: Refusal };
