import type { brokers } from "@x/examples/brokers.ts";

export type DemoProvider = ReturnType<(typeof brokers)[number]>;

/** A request as a broker spells it. */
export interface Request {
  readonly method: string;
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: () => string | URLSearchParams;
}

interface BrokerFacts {
  /** For people. */
  readonly title: string;
  /** The cheapest call that only a live session opens. */
  readonly read: Request;
  /** One share of an invented company. Which fields an order has is the broker's documentation to say: it is sent as it stands, once. */
  readonly order: Request;
  /** What the sandbox's journal calls the steps that mint a session. */
  readonly mints: readonly string[];
}

const angelOne = "/rest/secure/angelbroking";
const json = (body: object): Pick<Request, "headers" | "body"> => ({
  headers: { "content-type": "application/json" },
  body: () => JSON.stringify(body),
});
const form = (fields: string): Pick<Request, "body"> => ({ body: () => new URLSearchParams(fields) });
const jData = (data: object): Pick<Request, "body"> => form(`jData=${JSON.stringify(data)}`);

/** All that the demo itself knows of its brokers. Adding one is adding an entry here, an adapter in `examples/brokers.ts` and an account in the configuration. */
export const brokerFacts: Readonly<Record<DemoProvider["broker"], BrokerFacts>> = {
  nubra: {
    title: "Nubra",
    read: { method: "GET", path: "/userinfo" },
    order: {
      method: "POST",
      path: "/orders/v2/single",
      ...json({ symbol: "INVENTED", order_side: "ORDER_SIDE_BUY", order_qty: 1 }),
    },
    mints: ["verifypin"],
  },
  "kotak-neo": {
    title: "Kotak Neo",
    read: { method: "POST", path: "/quick/user/limits", ...jData({ seg: "ALL", exch: "ALL", prod: "ALL" }) },
    order: {
      method: "POST",
      path: "/quick/order/rule/ms/place",
      ...jData({ ts: "INVENTED-EQ", tt: "B", qt: "1", pt: "MKT", pc: "MIS", es: "nse_cm" }),
    },
    mints: ["validate"],
  },
  zerodha: {
    title: "Zerodha",
    read: { method: "GET", path: "/user/profile" },
    order: {
      method: "POST",
      path: "/orders/regular",
      ...form(
        "exchange=NSE&tradingsymbol=INVENTED&transaction_type=BUY&quantity=1&order_type=MARKET&product=MIS&validity=DAY",
      ),
    },
    mints: ["session-token"],
  },
  "angel-one": {
    title: "Angel One",
    read: { method: "GET", path: `${angelOne}/user/v1/getProfile` },
    order: {
      method: "POST",
      path: `${angelOne}/order/v1/placeOrder`,
      ...json({
        variety: "NORMAL",
        exchange: "NSE",
        tradingsymbol: "INVENTED-EQ",
        symboltoken: "1",
        transactiontype: "BUY",
        quantity: "1",
        ordertype: "MARKET",
        producttype: "INTRADAY",
        duration: "DAY",
      }),
    },
    mints: ["login", "renew"],
  },
};

/** What the demo knows of a broker by its name; undefined for a name that a configuration made up. */
export function factsOf(broker: string): BrokerFacts | undefined {
  return Object.hasOwn(brokerFacts, broker) ? brokerFacts[broker as DemoProvider["broker"]] : undefined;
}

/** A broker's name for people. */
export function brokerName(broker: string): string {
  return factsOf(broker)?.title ?? broker;
}

/** What a person does about a session that is over and can be renewed: no code is asked for then, although a login asks for one. */
export function renewalText(broker: string): string {
  return `Press Log in: ${brokerName(broker)} renews the session without a code. Where it does not, it asks for one.`;
}

/** `Nubra, Kotak Neo, Zerodha and Angel One` */
export const brokerTitles: string = new Intl.ListFormat("en-GB").format(
  Object.values(brokerFacts).map(({ title }) => title),
);
