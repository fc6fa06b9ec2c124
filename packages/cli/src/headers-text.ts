import { formatIndiaTime } from "@x/core";
import type { SessionHeaders } from "./authorization.ts";
import { jsonLine } from "./json-output.ts";

/** How headers are written: as JSON, as a configuration of curl, or as variables for a shell. */
export const formats = ["json", "curl", "env"] as const;
export type HeadersFormat = (typeof formats)[number];

/** The headers of a session as text. It is secret. */
export function headersText(format: HeadersFormat, session: SessionHeaders): string {
  return written[format](session);
}

const written: Readonly<Record<HeadersFormat, (session: SessionHeaders) => string>> = {
  json: ({ account, broker, generation, expiresAt, origin, headers }) =>
    jsonLine({ account, broker, generation, origin, headers, expires: new Date(expiresAt).toISOString() }),
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
