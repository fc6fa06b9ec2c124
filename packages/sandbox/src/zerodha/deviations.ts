import type { StepContext } from "./step.ts";

/**
 * What the reference asks a client to do, or does not know, although the broker would most likely take it otherwise too. It is noted in the
 * journal, and refused only with the `lint` option.
 */
export function deviationsOf({ request, step, form }: StepContext): string[] {
  const { query, headers, method, body } = request;
  const found: string[] = [];
  if (step === "login-page") {
    if (query.get("v") !== "3") found.push("no v=3 on the login page");
    // Nobody brings it back (reference section 2).
    if (query.has("state")) found.push("state on the login page, which knows none");
    return found;
  }
  if (headers["x-kite-version"] !== "3") found.push(`no X-Kite-Version: 3 on ${step}`);
  if (method === "GET" && body.length > 0) found.push(`a body on ${step}`);
  if (step !== "logout" && query.has("access_token")) found.push(`the access token in the query on ${step}`);
  const fields = KNOWN_FIELDS[step];
  if (fields !== undefined) {
    for (const name of form.keys()) if (!fields.includes(name)) found.push(`unknown field ${name} on ${step}`);
  }
  return found;
}

const KNOWN_FIELDS: Readonly<Record<string, readonly string[]>> = {
  "session-token": ["api_key", "request_token", "checksum"],
  "refresh-token": ["api_key", "refresh_token", "checksum"],
};
