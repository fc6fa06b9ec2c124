import { formatIndiaTime } from "@x/core";
import { chosenAccount } from "../account-choice.ts";
import { sessionHeaders, type SessionHeaders } from "../authorization.ts";
import { type CommonOptions, openDesk } from "../desk.ts";
import type { HeadersFormat } from "../headers-format.ts";
import { jsonLine } from "../json-output.ts";
import { print } from "../terminal.ts";

/** Prints the headers of a live session, for a program that sends its own requests. Never asks a person. */
export async function headers(
  name: string | undefined,
  options: CommonOptions & { readonly format: HeadersFormat; readonly purpose?: string | undefined },
): Promise<void> {
  await using desk = await openDesk(options);
  const account = chosenAccount(desk.configuration, name);
  const session = await sessionHeaders(desk, account, { purpose: options.purpose });
  await print(written[options.format](session));
}

const written: Readonly<Record<HeadersFormat, (session: SessionHeaders) => string>> = {
  json: ({ expiresAt, ...session }) => jsonLine({ ...session, expires: new Date(expiresAt).toISOString() }),
  // For `curl --config -`: on its command line every user of the machine could read them.
  curl: ({ headers: given }) =>
    Object.entries(given)
      .map(([name, value]) => `header = ${JSON.stringify(`${name}: ${value}`)}\n`)
      .join(""),
  env: ({ account, origin, headers: given, expiresAt }) =>
    Object.entries(variables(account, { origin, headers: given }))
      .map(([name, value]) => `export ${name}='${value.replaceAll("'", `'\\''`)}'\n`)
      .join("") + `# until ${formatIndiaTime(expiresAt)}\n`,
};

/** The variables that a child or a shell gets for an account. */
export function variables(
  account: string,
  { origin, headers: given }: Pick<SessionHeaders, "origin" | "headers">,
): Readonly<Record<string, string>> {
  const prefix = `BROKER_AUTH_${variableWord(account)}`;
  return {
    [`${prefix}_ORIGIN`]: origin,
    ...Object.fromEntries(
      Object.entries(given).map(([name, value]) => [`${prefix}_HEADER_${variableWord(name)}`, value]),
    ),
  };
}

function variableWord(text: string): string {
  return text.toUpperCase().replaceAll(/\W/g, "_");
}
