import type { AccountStatus } from "@x/core";
import { chosenAccounts } from "../account-choice.ts";
import { type CommonOptions, type Desk, openDesk } from "../desk.ts";
import { Interrupted } from "../failure.ts";
import { interruptible } from "../interruption.ts";
import { jsonLine } from "../json-output.ts";
import { tellWarnings } from "../report.ts";
import { jsonStatus } from "../status-json.ts";
import { statusTable } from "../status-table.ts";
import { columns, print, wrapped } from "../terminal.ts";

export interface StatusOptions extends CommonOptions {
  readonly json?: boolean | undefined;
  readonly watch?: boolean | undefined;
}

const watchMs = 2000;

/** Shows where every account stands. The brokers are not asked. */
export async function status(names: readonly string[], options: StatusOptions): Promise<void> {
  await using desk = await openDesk(options);
  if (options.json !== true) tellWarnings(desk.configuration.warnings);
  const accounts = chosenAccounts(desk.configuration, names);
  const show = async (): Promise<string> => {
    const found = await Promise.all(accounts.map((account) => desk.auth.status(account)));
    return options.json === true
      ? jsonLine({ accounts: found.map((one) => jsonStatus(desk, one)) })
      : table(desk, found);
  };
  if (options.watch !== true) return await print(await show());
  try {
    await interruptible(watch(show));
  } catch (error) {
    // Ctrl-C is how a watch ends.
    if (!(error instanceof Interrupted)) throw error;
  }
}

async function watch(show: () => Promise<string>): Promise<never> {
  const redraws = process.stdout.isTTY;
  let shown = "";
  for (;;) {
    const text = await show();
    if (redraws) await print(`\u001b[H\u001b[2J${text}`);
    else if (text !== shown) await print(text);
    shown = text;
    await new Promise((resolve) => setTimeout(resolve, watchMs));
  }
}

function table({ configuration: { use } }: Desk, found: readonly AccountStatus[]): string {
  const aliases = (account: string): string[] => Object.keys(use).filter((alias) => use[alias] === account);
  return wrapped(
    statusTable(
      found.map((one) => ({ ...one, aliases: aliases(one.account) })),
      { now: Date.now(), columns: columns() },
    ),
  );
}
