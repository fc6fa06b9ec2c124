import type { BrokerAuth } from "@x/core";
import { brokerClient } from "@x/core/ky";
import type { DemoProvider } from "./demo-configuration.ts";

/** A holding, whichever broker it lies at. */
export interface Holding {
  readonly symbol: string;
  readonly quantity: number;
  /** Rupees. */
  readonly averagePrice: number;
}

type Row = Readonly<Record<string, unknown>>;

/** How the brokers spell a portfolio. Adding a broker is adding an entry; sessions, headers and addresses are no part of it. */
const portfolios: Readonly<
  Record<DemoProvider["broker"], { readonly path: string; readonly list: string; readonly read: (row: Row) => Holding }>
> = {
  nubra: {
    path: "portfolio/holdings",
    list: "portfolio.holdings",
    // The sample on Nubra's page says qty, its table of fields says quantity. Prices are in paise.
    read: (row) => holding(row["symbol"], row["qty"] ?? row["quantity"], Number(row["avg_price"]) / 100),
  },
  "kotak-neo": {
    path: "portfolio/v1/holdings",
    list: "data",
    // Names of the fields as independent clients read them; the sandbox has no holdings at this broker.
    read: (row) => holding(row["displaySymbol"], row["quantity"], row["averagePrice"]),
  },
};

/**
 * The holdings of an account or alias. The caller does not say which broker that is, and does not have to know.
 * @throws BrokerAuthError when there is no session, or no answer; ky's HTTPError when the broker answers with a failure
 */
export async function readHoldings<Account extends string>(
  auth: Pick<BrokerAuth<DemoProvider, Account>, "session" | "fetch">,
  account: Account,
): Promise<readonly Holding[]> {
  const { broker } = await auth.session(account);
  const { path, list, read } = portfolios[broker];
  const answer: unknown = await brokerClient(auth, account).get(path).json();
  const found = list.split(".").reduce<unknown>((value, field) => (isRow(value) ? value[field] : undefined), answer);
  return Array.isArray(found) ? found.filter(isRow).map(read) : [];
}

function holding(symbol: unknown, quantity: unknown, averagePrice: unknown): Holding {
  return { symbol: String(symbol), quantity: Number(quantity), averagePrice: Number(averagePrice) };
}

function isRow(value: unknown): value is Row {
  return typeof value === "object" && value !== null;
}
