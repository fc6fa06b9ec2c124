import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { BrokerAuthError, isSecret, type Secret } from "@x/core";
import { parseTotpSecret, totpCode, totpPeriodMs } from "@x/core/adapter";
import { chosenAccount } from "../account-choice.ts";
import { setSecret } from "../configuration-text.ts";
import { providerOf } from "../configured-account.ts";
import { type CommonOptions, type Desk, openDesk } from "../desk.ts";
import { plain } from "../plain-text.ts";
import { writePrivately } from "../private-file.ts";
import { InputLines } from "../standard-input.ts";
import { canAsk, print, styled, tell, wrapped } from "../terminal.ts";
import { exportedSecrets } from "../totp-migration.ts";

/** Prints the code of the configured secret, as the authenticator app would. */
export async function code(name: string | undefined, options: CommonOptions): Promise<void> {
  await using desk = await openDesk(options);
  const account = chosenAccount(desk.configuration, name);
  const given: unknown = (desk.configuration.accounts[account] as Readonly<Record<string, unknown>> | undefined)?.[
    "totpSecret"
  ];
  if (typeof given !== "string" && !isSecret(given))
    throw refused("no TOTP secret is configured for this account", `Run broker-auth totp import ${account}.`);
  const secret = parseTotpSecret(given, "totpSecret", providerOf(desk, account).broker);
  const now = Date.now();
  await print(`${await totpCode(secret, Math.floor(now / totpPeriodMs))}\n`);
  tell(
    `good for ${Math.ceil((totpPeriodMs - (now % totpPeriodMs)) / 1000)} s; a login by itself may use the same code, and the broker takes it once`,
  );
}

/** Keeps a secret that an app or the broker shows: Base32, `otpauth://` or `otpauth-migration://`. What a broker would refuse is refused here. */
export async function importSecret(
  name: string | undefined,
  options: CommonOptions & { readonly stdin?: boolean },
): Promise<void> {
  await using desk = await openDesk(options);
  const account = chosenAccount(desk.configuration, name);
  const text = await secretText(options.stdin === true);
  const address = /^otpauth-migration:/i.test(text.trim()) ? await oneOf(exportedSecrets(text)) : text;
  const secret = parseTotpSecret(address, "totpSecret", providerOf(desk, account).broker);
  await keepSecret(desk, account, secret);
}

/** Turns TOTP on at the broker: keeps the new secret first, and shows it for an authenticator app. */
export async function enable(name: string | undefined, options: CommonOptions): Promise<void> {
  await using desk = await openDesk(options);
  const account = chosenAccount(desk.configuration, name);
  await desk.auth.enableTotp(account, {
    save: async ({ secret }) => {
      await keepSecret(desk, account, secret);
      // Only for eyes: in a file or a log it would be the secret in another spelling.
      if (process.stdout.isTTY) await showSecret(account, providerOf(desk, account).broker, secret);
    },
  });
  await print(`${styled("green", "✓")} ${account}: TOTP is on; logins need nobody from now on\n`);
}

export async function disable(name: string | undefined, options: CommonOptions): Promise<void> {
  await using desk = await openDesk(options);
  const account = chosenAccount(desk.configuration, name);
  await desk.auth.disableTotp(account);
  await print(
    wrapped(`${styled("green", "✓")} ${account}: TOTP is off; take totpSecret out of ${desk.path}\n`, { indent: 2 }),
  );
}

async function keepSecret(desk: Desk, account: string, secret: Secret): Promise<void> {
  const field = "totpSecret";
  if (!Object.hasOwn(providerOf(desk, account).fields, field))
    throw refused("this broker's accounts have no TOTP secret", "Nothing was changed.");
  const { yaml, secrets } = setSecret(readFileSync(desk.path, "utf8"), { account, field, value: secret.reveal() });
  for (const [path, value] of secrets) writePrivately(join(dirname(desk.path), path), `${value}\n`);
  writePrivately(desk.path, yaml);
  const file = join(dirname(desk.path), secrets[0]?.[0] ?? "");
  await print(wrapped(`${styled("green", "✓")} ${account}: the TOTP secret is kept in ${file}\n`, { indent: 2 }));
}

async function showSecret(account: string, broker: string, secret: Secret): Promise<void> {
  const { qrCode } = await import("../qr-code.ts");
  const title = encodeURIComponent(`${broker}:${account}`);
  await print(`Scan it with an authenticator app as well, and clear the screen afterwards:\n\n`);
  await print(qrCode(`otpauth://totp/${title}?secret=${secret.reveal()}&issuer=${broker}`));
}

async function secretText(stdin: boolean): Promise<string> {
  if (stdin) return (await new InputLines().next()) ?? "";
  if (!canAsk())
    throw new BrokerAuthError("needs_input", "the TOTP secret is missing, and there is no terminal to ask at", {
      field: "totpSecret",
      action: "Give it by --stdin.",
    });
  const { askHidden } = await import("../prompts.ts");
  return askHidden("TOTP secret, otpauth:// or otpauth-migration:// address");
}

async function oneOf(entries: ReturnType<typeof exportedSecrets>): Promise<string> {
  const [first, ...others] = entries;
  if (first === undefined) throw refused("the export holds no account", "Export the one account of this broker.");
  if (others.length === 0) return first.address;
  if (!canAsk()) throw refused(`the export holds ${entries.length} accounts`, "Export the one account of this broker.");
  const { askChoice } = await import("../prompts.ts");
  return askChoice(
    "Which one?",
    entries.map(({ title, address }) => ({ value: address, label: plain(title) })),
  );
}

function refused(message: string, action: string): BrokerAuthError {
  return new BrokerAuthError("configuration", message, { field: "totpSecret", action });
}
