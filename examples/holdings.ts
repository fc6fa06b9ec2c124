// Holdings of each broker in one shape. It stands here and not in a package: what a broker calls things is no part of a login.
import type { BrokerAuth } from "@x/core";
import { brokerClient } from "@x/core/ky";
import type { brokers } from "./brokers.ts";

export interface Holding {
  readonly symbol: string;
  /** In shares. Prices are left out: not all brokers give them in rupees. */
  readonly quantity: number;
}

type Provider = ReturnType<(typeof brokers)[number]>;
type Row = Readonly<Record<string, unknown>>;

/** Where each broker keeps them, and under which name the symbol stands there. */
const places: Readonly<Record<Provider["broker"], { readonly path: string; readonly symbol: string }>> = {
  nubra: { path: "portfolio/holdings", symbol: "symbol" },
  "kotak-neo": { path: "portfolio/v1/holdings", symbol: "displaySymbol" },
  zerodha: { path: "portfolio/holdings", symbol: "tradingsymbol" },
  "angel-one": { path: "rest/secure/angelbroking/portfolio/v1/getHolding", symbol: "tradingsymbol" },
};

/** The holdings of an account or an alias, whatever broker it is at. */
export async function holdings<Name extends string>(auth: BrokerAuth<Provider, Name>, name: Name): Promise<Holding[]> {
  const { broker } = await auth.session(name);
  const { path, symbol } = places[broker];
  const answer = await brokerClient(auth, name).get(path).json<Row>();
  return rowsIn(answer).map((row) => ({ symbol: String(row[symbol]), quantity: Number(row["quantity"]) }));
}

// Nubra's stand one level further down.
function rowsIn({ portfolio, data }: Row): readonly Row[] {
  return ((portfolio as Row | undefined)?.["holdings"] ?? data ?? []) as readonly Row[];
}
