import { BrokerAuthError } from "@x/core";
import { chosenAccount } from "../account-choice.ts";
import { type CommonOptions, openDesk } from "../desk.ts";
import { type ExitCode, exitCodes } from "../exit-code.ts";
import { print } from "../terminal.ts";

export interface CurlOptions extends CommonOptions {
  readonly request?: string | undefined;
  readonly data?: string | undefined;
  readonly header?: readonly string[] | undefined;
  readonly include?: boolean | undefined;
}

/**
 * Sends a request with the account's session and prints the answer's body, as curl does. A dead session is replaced; what is not a read is sent
 * once. An answer of 400 and more is exit code 4.
 */
export async function curl(name: string, path: string, options: CurlOptions): Promise<ExitCode> {
  await using desk = await openDesk(options);
  const account = chosenAccount(desk.configuration, name);
  const { data } = options;
  const headers = (options.header ?? []).map(headerOf);
  const method = options.request ?? (data === undefined ? "GET" : "POST");
  const response = await desk.auth.fetch(account, path, {
    method,
    headers,
    ...(data === undefined ? {} : { body: data }),
  });
  const body = await response.text();
  const head = [`HTTP ${response.status}`, ...[...response.headers].map(([key, value]) => `${key}: ${value}`)];
  await print(`${options.include === true ? `${head.join("\n")}\n\n` : ""}${body}${body.endsWith("\n") ? "" : "\n"}`);
  return response.status < 400 ? exitCodes.fine : exitCodes.refused;
}

function headerOf(line: string): [string, string] {
  const at = line.indexOf(":");
  if (at < 1) throw new BrokerAuthError("configuration", 'header: must be "NAME: VALUE"', { field: "header" });
  return [line.slice(0, at).trim(), line.slice(at + 1).trim()];
}
