/**
 * What goes wrong with an answer on its way. A fault plays on whatever reply the broker decided: returned before the broker acted it
 * stands for a request that had no effect, returned with the reply of a finished step for an effect whose answer was lost.
 */
export type Fault =
  /** The reply comes after so many milliseconds of real time. */
  | { readonly kind: "delay"; readonly ms: number }
  /** No byte ever comes; the connection stays open until the client or the sandbox ends it. */
  | { readonly kind: "hang" }
  /** The connection is reset instead of a reply. */
  | { readonly kind: "reset" }
  /** An HTML page as a proxy or load balancer would send it. Default status 502. */
  | { readonly kind: "html"; readonly status?: number | undefined }
  /** A JSON body of so many bytes, default 32 MiB, with the reply's status. */
  | { readonly kind: "huge-body"; readonly bytes?: number | undefined }
  /** A small gzip body that inflates to so many bytes, default 128 MiB, with the reply's status. */
  | { readonly kind: "gzip-bomb"; readonly bytes?: number | undefined }
  /** Half of the reply's JSON. With `cut` the length announces all of it and the connection is reset half way. */
  | { readonly kind: "truncated-json"; readonly cut?: boolean | undefined }
  /** A redirect to another place; the reply is not sent. */
  | { readonly kind: "redirect"; readonly status: number; readonly location: string }
  /**
   * The reply's body in so many pieces of equal size without a length, so many milliseconds apart; the first comes with the headers. With
   * `open` the last one never comes.
   */
  | { readonly kind: "chunks"; readonly pieces: number; readonly everyMs: number; readonly open: boolean }
  /** The reply's body one byte at a time, so many milliseconds apart; headers come at once. */
  | { readonly kind: "slow-bytes"; readonly everyMs: number };
