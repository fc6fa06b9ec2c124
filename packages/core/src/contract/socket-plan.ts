import type { Warning } from "./login-step.ts";
import type { Secret } from "./secret.ts";

/** How to open and authenticate one socket. Ask for a new plan at every reconnect: an older one may carry a dead token. */
export interface SocketPlan {
  /** `wss:` under the broker's domain, or `ws:` on loopback in the sandbox. */
  readonly url: string;
  /**
   * Words to set in the address's query, where the broker wants its tokens there and not in headers or frames: apart from `url`, so that a plan
   * can be logged.
   */
  readonly query?: Readonly<Record<string, Secret>> | undefined;
  /** Handshake headers, none where the broker wants none. */
  readonly headers: Readonly<Record<string, Secret>>;
  /** Text frames to send, in order, once the socket is open. */
  readonly frames: readonly Secret[];
  /** What a received text frame says about the login on the socket. Pure. */
  classify(frame: string): "accepted" | "refused" | "other";
  /** What the broker said beside the address, such as `client_deprecated`. */
  readonly warnings?: readonly Warning[] | undefined;
  /** A frame to send at an interval, where the broker wants one. */
  readonly heartbeat?: { readonly frame: string; readonly everyMs: number } | undefined;
}
