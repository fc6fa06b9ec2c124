import { momentOf } from "./desk-clock.ts";
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
  const lines = [
    ...(own
      ? [
          `Both brokers' sandboxes on this computer, with invented accounts. Their clock says ${clock(view.now)} in India.`,
        ]
      : ownAccounts(view)),
    ...(new URL(address).searchParams.has("key") ? ["The address holds a key: do not pass it on."] : []),
    `Sessions are kept in ${folder}. Ctrl-C ends.`,
  ];
  return [`Trading desk: ${address}`, ...lines.map((line) => `  ${line}`)].join("\n");
}

function ownAccounts({ accounts, configuration }: GreetingFacts["view"]): string[] {
  const atSandbox = (name: string): boolean =>
    accounts.some((account) => account.name === name && account.environment === "sandbox");
  const traded = [...new Set(configuration.use.map(({ account }) => account))].filter(atSandbox);
  const orders = traded.length === 0 ? "sends no orders" : `sends orders to ${traded.join(" and ")}, in the sandbox`;
  const named = accounts.map(({ name, environment }) => `${name} (${environment})`).join(", ");
  const shared = accounts.every(({ environment }) => environment === "sandbox")
    ? []
    : ["This desk has a store of its own: where a broker allows one session, its logins end those of other programs."];
  return [`Your accounts: ${named}. The strategy reads, and ${orders}.`, ...shared];
}

function clock(now: number): string {
  // With its day: a sandbox may be far from today.
  return momentOf(now, 0);
}
