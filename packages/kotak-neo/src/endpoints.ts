import type { ListedPaths } from "@x/core/adapter";

/** What this broker is called: in configuration and records, and in messages. */
export const names = { broker: "kotak-neo", title: "Kotak Neo" } as const;

/** Login host of every customer (kotak-neo.md section 2, grade A). The sandbox has no address of its own. */
export const baseUrls = { production: "https://mis.kotaksecurities.com", sandbox: undefined } as const;

/**
 * Which generation of login paths is used. `trade-api`: the current ones (kotak-neo.md section 4, grade A). `totp-v6`: those of the
 * original document, of which nobody knows whether they still answer (grade B). Headers and bodies are the same.
 */
export type KotakNeoApi = "trade-api" | "totp-v6";

/** One call of a login: call 1 takes the TOTP code and gives the view pair, call 2 takes the MPIN and gives the session. */
export type LoginCall = "loginTotp" | "verifyPin";

/** One call of the adapter's own. */
export type KotakNeoCallName = LoginCall | "clientIp" | "positions";

export interface KotakNeoEndpoint {
  /** Name of the step in errors and in the ledger of attempts. */
  readonly step: string;
  readonly method: "GET" | "POST";
  readonly path: string;
  /** Whether it has an effect that must not happen twice, so that no answer means `outcome_unknown`. */
  readonly carriesFactor: boolean;
}

/** Quotes and scrip master: they take the access token and never look at the session (kotak-neo.md section 7, grade A). */
export function isQuotesPath(path: string): boolean {
  return path.startsWith("/script-details/");
}

/**
 * The calls that only read (kotak-neo.md sections 4 and 7, and what public clients read; paths of trades, holdings, margin check and scrip
 * master are those of the official SDK). Everything else is taken for an order, also a GET: a second one would be sent to the exchange.
 */
export const readingPaths: ListedPaths = {
  GET: [
    /^\/quick\/user\/(?:orders(?:\/[\w-]{1,64})?|positions|trades)$/,
    /^\/portfolio\/v1\/holdings$/,
    /^\/script-details\/1\.0\/(?:quotes(?:\/.*)?|masterscrip\/file-paths)$/,
  ],
  POST: [/^\/quick\/user\/(?:limits|check-margin)$/, /^\/script-details\/1\.0\/quotes(?:\/.*)?$/],
};

/** The calls that place, change and cancel orders, by the paths of the official SDK, and the history that it asks for by a POST. */
export const orderPaths: ListedPaths = {
  POST: [/^\/quick\/order\/(?:rule\/ms\/place|vr\/modify|cancel|co\/exit|bo\/exit|history)$/],
};
