import { chosenAccount } from "../account-choice.ts";
import { type SessionDesk, type SessionHeaders, sessionHeaders } from "../authorization.ts";
import type { CommonOptions } from "../desk.ts";
import { type HeadersFormat, headersText } from "../headers-text.ts";
import { withStoredSessions } from "../stored-desk.ts";
import { print } from "../terminal.ts";

/** Prints the headers of a live session, for a program that sends its own requests. Never asks a person. */
export async function headers(
  name: string | undefined,
  options: CommonOptions & { readonly format: HeadersFormat; readonly purpose?: string | undefined },
): Promise<void> {
  const work = (desk: SessionDesk): Promise<SessionHeaders> =>
    sessionHeaders(desk, chosenAccount(desk.configuration, name), { purpose: options.purpose });
  const session = (await withStoredSessions(options, async (desk) => work(desk))) ?? (await newest(options, work));
  await print(headersText(options.format, session));
}

async function newest(
  options: CommonOptions,
  work: (desk: SessionDesk) => Promise<SessionHeaders>,
): Promise<SessionHeaders> {
  const { openDesk } = await import("../desk.ts");
  await using desk = await openDesk(options);
  return await work(desk);
}
