import { askRunningAgent } from "./agent/running-agent.ts";
import type { SessionHeaders } from "./authorization.ts";
import { headersText } from "./headers-text.ts";
import type { QuickCommand } from "./quick-command.ts";
import { readInput } from "./standard-input.ts";

/** What is to be printed, from the agent of this user. Undefined where it has no answer. */
export async function answer(asked: QuickCommand): Promise<string | undefined> {
  if (asked.name === "get") {
    asked.request ??= await readInput("the request");
    const given = await askRunningAgent("/v1/get", {
      ...objectIn(asked.request),
      account: process.env["BROKER_AUTH_ACCOUNT"],
    });
    return given && `${JSON.stringify({ headers: given["headers"], expires: given["expires"] })}\n`;
  }
  const given = await askRunningAgent("/v1/headers", { account: asked.account });
  if (given === undefined) return undefined;
  const { expires, ...session } = given;
  const expiresAt = Date.parse(String(expires));
  return headersText(asked.format, { ...(session as unknown as SessionHeaders), expiresAt });
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
