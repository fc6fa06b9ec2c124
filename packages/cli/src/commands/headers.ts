import { chosenAccount } from "../account-choice.ts";
import { sessionHeaders } from "../authorization.ts";
import { type CommonOptions, openDesk } from "../desk.ts";
import { type HeadersFormat, headersText } from "../headers-text.ts";
import { print } from "../terminal.ts";

/** Prints the headers of a live session, for a program that sends its own requests. Never asks a person. */
export async function headers(
  name: string | undefined,
  options: CommonOptions & { readonly format: HeadersFormat; readonly purpose?: string | undefined },
): Promise<void> {
  await using desk = await openDesk(options);
  const account = chosenAccount(desk.configuration, name);
  const session = await sessionHeaders(desk, account, { purpose: options.purpose });
  await print(headersText(options.format, session));
}
