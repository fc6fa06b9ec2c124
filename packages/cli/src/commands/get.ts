import { type HelperAnswer, helperAnswer, malformed } from "../credential-helper.ts";
import type { CommonOptions } from "../desk.ts";
import { readInput } from "../standard-input.ts";
import { withStoredSessions } from "../stored-desk.ts";
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
  const named = options.account ?? process.env["BROKER_AUTH_ACCOUNT"];
  const stored = await withStoredSessions(options, (desk) => helperAnswer(desk, uri, named));
  await print(`${JSON.stringify(stored ?? (await newestAnswer(options, uri, named)))}\n`);
}

async function newestAnswer(options: CommonOptions, uri: unknown, named: string | undefined): Promise<HelperAnswer> {
  const { openDesk } = await import("../desk.ts");
  await using desk = await openDesk(options);
  return await helperAnswer(desk, uri, named);
}

function uriIn(text: string): unknown {
  try {
    return (JSON.parse(text) as { readonly uri?: unknown }).uri;
  } catch {
    throw malformed("on standard input is not JSON");
  }
}
