import { BrokerAuthError } from "@x/core";
import { chosenAccount, chosenAccounts } from "../account-choice.ts";
import { type CommonOptions, openDesk } from "../desk.ts";
import { canAsk, print, styled } from "../terminal.ts";
import { ToldStates } from "../told-states.ts";

/** Ends sessions here and, where the broker can, there. */
export async function logout(
  names: readonly string[],
  options: CommonOptions & { readonly all?: boolean },
): Promise<void> {
  await using desk = await openDesk(options);
  const accounts = named(names, options.all === true, Object.keys(desk.configuration.accounts));
  for (const account of chosenAccounts(desk.configuration, accounts)) {
    await desk.auth.logout(account);
    await print(`${styled("green", "✓")} ${account}: logged out\n`);
  }
}

/** A person's word that the next login will succeed. */
export async function unlock(name: string | undefined, options: CommonOptions): Promise<void> {
  await using desk = await openDesk(options);
  const account = chosenAccount(desk.configuration, name);
  await desk.auth.unlock(account);
  new ToldStates(desk.path).forget(account);
  await print(`${styled("green", "✓")} ${account}: one further try is allowed\n`);
}

/** Forgets an account in the store: its session, its attempts, its device id. */
export async function purge(name: string, options: CommonOptions & { readonly yes?: boolean }): Promise<void> {
  await using desk = await openDesk(options);
  const account = chosenAccount(desk.configuration, name);
  if (options.yes !== true) await confirm(account);
  await desk.auth.purge(account);
  new ToldStates(desk.path).forget(account);
  await print(`${styled("green", "✓")} ${account}: forgotten in this store\n`);
}

async function confirm(account: string): Promise<void> {
  if (!canAsk())
    throw new BrokerAuthError("needs_input", "a purge forgets refused attempts, so a person has to confirm it", {
      field: "yes",
      action: "Give --yes.",
    });
  const { askText } = await import("../prompts.ts");
  await askText(`This forgets the session, refused attempts and the device id. Type ${account} to go on`, {
    refuse: (value) => (value === account ? undefined : "That is not its name; Ctrl-C ends this."),
  });
}

// One word too few must not end every session.
function named(names: readonly string[], all: boolean, known: readonly string[]): readonly string[] {
  if (names.length > 0 || all || known.length === 1) return names;
  throw new BrokerAuthError("configuration", `name the accounts (${known.join(", ")}), or give --all`, {
    field: "accounts",
  });
}
