import { askRunningAgent } from "./agent/running-agent.ts";
import type { SessionHeaders } from "./authorization.ts";
import { formats, type HeadersFormat, headersText } from "./headers-text.ts";
import { readInput } from "./standard-input.ts";
import { print } from "./terminal.ts";

/**
 * The commands that programs run again and again, in their plain forms: `get`, `headers` and `headers ACCOUNT`. They are told apart here, because the
 * library that reads command lines takes longer to load than they take to answer. Where an agent runs it is asked, which spares loading the engine
 * too. Undefined for everything else.
 */
export function quickCommand(argv: readonly string[]): (() => Promise<void>) | undefined {
  const [name, account, flag, format, ...others] = argv;
  if (name === "get" && account === undefined) return get;
  if (name !== "headers" || account?.startsWith("-") === true || others.length > 0) return undefined;
  const asked = flag === undefined ? "json" : flag === "--format" && isFormat(format) ? format : undefined;
  return asked === undefined ? undefined : () => headers(account, asked);
}

async function get(): Promise<void> {
  const request = await readInput("the request");
  const answer = await askRunningAgent("/v1/get", {
    ...objectIn(request),
    account: process.env["BROKER_AUTH_ACCOUNT"],
  });
  if (answer === undefined) return (await import("./commands/get.ts")).get({}, request);
  await print(`${JSON.stringify({ headers: answer["headers"], expires: answer["expires"] })}\n`);
}

async function headers(account: string | undefined, format: HeadersFormat): Promise<void> {
  const answer = await askRunningAgent("/v1/headers", { account });
  if (answer === undefined) return (await import("./commands/headers.ts")).headers(account, { format });
  const { expires, ...session } = answer;
  const expiresAt = Date.parse(String(expires));
  await print(headersText(format, { ...(session as unknown as SessionHeaders), expiresAt }));
}

// What is no request is told of by the command itself.
function objectIn(text: string): Readonly<Record<string, unknown>> {
  try {
    const request: unknown = JSON.parse(text);
    return typeof request === "object" && request !== null ? { uri: (request as { uri?: unknown }).uri } : {};
  } catch {
    return {};
  }
}

function isFormat(text: string | undefined): text is HeadersFormat {
  return text !== undefined && (formats as readonly string[]).includes(text);
}
