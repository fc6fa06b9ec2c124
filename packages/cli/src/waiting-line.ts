import type { BrokerAuthEvent } from "@x/core";
import { styled, tell } from "./terminal.ts";

/** What a login is doing, with the seconds, in one line of the terminal that is written anew; elsewhere a line for each wait. */
export class WaitingLine {
  #text: string | undefined;
  #since = 0;
  #until: number | undefined;
  #timer: NodeJS.Timeout | undefined;
  readonly #live = process.stderr.isTTY && process.env["TERM"] !== "dumb";

  /** Takes an event of the engine. */
  take(event: BrokerAuthEvent): void {
    if (event.type === "login_started")
      this.show(`${event.account}: logging in at ${event.broker}${event.by === "renewal" ? " (renewal)" : ""}`);
    if (event.type === "waiting") this.show(`${event.account}: ${waitReasons[event.for]}`, event.until);
    if (event.type === "warning") this.say(`${event.account}: ${event.message}`);
  }

  show(text: string, until?: number): void {
    const seconds = until === undefined ? "" : `, ${secondsTo(until)} s`;
    if (!this.#live) {
      if (until !== undefined) tell(`${text}${seconds}`);
      return;
    }
    this.#text = text;
    this.#since = Date.now();
    this.#until = until;
    this.#timer ??= setInterval(() => this.#draw(), 1000).unref();
    this.#draw();
  }

  /** A line that stays, above the one that changes. */
  say(text: string): void {
    this.#clear();
    tell(text);
    if (this.#text !== undefined) this.#draw();
  }

  hide(): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
    this.#text = undefined;
    this.#clear();
  }

  #draw(): void {
    if (this.#text === undefined) return;
    const passed = Math.floor((Date.now() - this.#since) / 1000);
    const seconds = this.#until === undefined ? (passed > 0 ? `, ${passed} s` : "") : `, ${secondsTo(this.#until)} s`;
    const line = `${this.#text}${seconds}`.slice(0, Math.max(10, (process.stderr.columns ?? 80) - 1));
    process.stderr.write(`\r\u001b[K${styled("cyan", line, process.stderr)}`);
  }

  #clear(): void {
    if (this.#live) process.stderr.write("\r\u001b[K");
  }
}

/** What a login waits for, in words. */
export const waitReasons: Readonly<Record<Extract<BrokerAuthEvent, { type: "waiting" }>["for"], string>> = {
  totp_step: "waiting for the next TOTP code",
  midnight: "waiting for 00:00 IST, because a session from before it would end then",
  code_source: "waiting for the code",
  other_login: "waiting for the login of another program",
  retry_after: "waiting as long as the broker asks",
};

function secondsTo(at: number): number {
  return Math.max(0, Math.ceil((at - Date.now()) / 1000));
}
