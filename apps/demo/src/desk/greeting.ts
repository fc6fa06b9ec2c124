import { brokerTitles } from "../broker-facts.ts";
import { momentOf } from "../india-time.ts";
import type { DeskView } from "./desk-view.ts";

export interface GreetingFacts {
  /** What a browser opens. */
  readonly address: string;
  readonly folder: string;
  readonly view: Pick<DeskView, "now" | "accounts" | "configuration">;
  /** Whether the configuration is the demo's own, with invented accounts. */
  readonly own: boolean;
}

/** What npm start says once the desk is open: nothing that is not so. */
export function greeting({ address, folder, view, own }: GreetingFacts): string {
  // With its day: a sandbox may be far from today.
  const clock = `Their clock says ${momentOf(view.now, 0)} in India.`;
  const atPage = !own && view.accounts.some(({ asks }) => asks.includes("redirect"));
  const lines = [
    own ? `The sandboxes of ${brokerTitles} on this computer, with invented accounts. ${clock}` : ownAccounts(view),
    atPage ? `A broker's login page leads back to ${redirectAddress(address)}: register that for your app.` : [],
    new URL(address).searchParams.has("key") ? "The address holds a key: do not pass it on." : [],
    `Sessions are kept in ${folder}. Ctrl-C ends.`,
  ];
  return [`Trading desk: ${address}`, ...lines.flat().map((line) => `  ${line}`)].join("\n");
}

/** Where the login page of a broker leads back to: the desk's own route. */
export function redirectAddress(address: string): string {
  return new URL("/callback", address).href;
}

function ownAccounts({ accounts, configuration }: GreetingFacts["view"]): string[] {
  const atSandbox = accounts.filter(({ environment }) => environment === "sandbox").map(({ name }) => name);
  const used = [...new Set(configuration.use.map(({ account }) => account))];
  const traded = used.filter((account) => atSandbox.includes(account));
  const orders = traded.length === 0 ? "sends no orders" : `sends orders to ${traded.join(" and ")}, in the sandbox`;
  const named = accounts.map(({ name, environment }) => `${name} (${environment})`).join(", ");
  const shared =
    "This desk has a store of its own: where a broker allows one session, its logins end those of other programs.";
  const first = `Your accounts: ${named}. The strategy reads, and ${orders}.`;
  return accounts.length === atSandbox.length ? [first] : [first, shared];
}
