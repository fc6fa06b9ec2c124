import { helperAnswer, malformed } from "../credential-helper.ts";
import { type CommonOptions, openDesk } from "../desk.ts";
import { readInput } from "../standard-input.ts";
import { print } from "../terminal.ts";

/**
 * The credential helper (github.com/EngFlow/credential-helper-spec): `{"uri"}` on standard input, `{"headers", "expires"}` on standard output.
 * Never asks a person.
 * @param request what came on standard input, where that was read already
 */
export async function get(
  options: CommonOptions & { readonly account?: string | undefined },
  request?: string,
): Promise<void> {
  const uri = uriIn(request ?? (await readInput("the request")));
  await using desk = await openDesk(options);
  const answer = await helperAnswer(desk, uri, options.account ?? process.env["BROKER_AUTH_ACCOUNT"]);
  await print(`${JSON.stringify(answer)}\n`);
}

function uriIn(text: string): unknown {
  try {
    return (JSON.parse(text) as { readonly uri?: unknown }).uri;
  } catch {
    throw malformed("on standard input is not JSON");
  }
}
