import { chosenAccount } from "./account-choice.ts";
import { sessionHeaders } from "./authorization.ts";
import { helperAnswer } from "./credential-helper.ts";
import { headersText } from "./headers-text.ts";
import type { QuickCommand } from "./quick-command.ts";
import { readInput } from "./standard-input.ts";
import { withStoredSessions } from "./stored-desk.ts";

/** What is to be printed, from a session in the user's own store. Undefined where that is not enough, or anything is wrong. */
export async function answer(asked: QuickCommand): Promise<string | undefined> {
  const request = asked.name === "get" ? (asked.request ??= await readInput("the request")) : "";
  return withStoredSessions({}, async (desk) => {
    if (asked.name === "headers")
      return headersText(asked.format, await sessionHeaders(desk, chosenAccount(desk.configuration, asked.account)));
    const { uri } = JSON.parse(request) as { readonly uri?: unknown };
    return `${JSON.stringify(await helperAnswer(desk, uri, process.env["BROKER_AUTH_ACCOUNT"]))}\n`;
  });
}
