import { isJsonObject } from "../json.ts";
import type { ReceivedRequest } from "../listener.ts";
import { type StepContext, isJsonType } from "./step.ts";

/**
 * What the reference asks a client not to do, or does not know, although the broker would most likely take it. It is noted in the journal,
 * and refused only with the `lint` option.
 */
export function deviationsOf(context: StepContext): string[] {
  const { request, step, account } = context;
  const found: string[] = [];
  const present = (name: string): boolean => request.headers[name] !== undefined;

  if (request.path.includes("//")) found.push("// in the path");
  // Section 10, row 11: one document leaves it out, and the official Postman collection sends the body as plain text.
  if (step === "validate" && !isJsonType(request.headers["content-type"]))
    found.push("no JSON content type on validate");

  // Section 4, "must NOT send".
  if (step === "login") for (const name of ["sid", "auth"].filter(present)) found.push(`${name} on ${step}`);
  if (request.method === "GET" && request.body.length > 0) found.push(`a body on ${step}`);
  // Section 7: quotes and scrip master take the access token only.
  if (step === "quotes" || step === "scrip-master")
    for (const name of ["sid", "auth"].filter(present)) found.push(`${name} on ${step}`);
  const fields = KNOWN_FIELDS[step];
  if (fields !== undefined && isJsonObject(request.json)) {
    for (const name of Object.keys(request.json).filter((one) => !fields.includes(one)))
      found.push(`unknown field ${name} on ${step}`);
  }
  if (account !== undefined) found.push(...leaks(request, account.state.accessToken));
  return found;
}

const KNOWN_FIELDS: Readonly<Record<string, readonly string[]>> = {
  login: ["mobileNumber", "ucc", "totp"],
  validate: ["mpin"],
};

/** The sdk's client-id header holds the first eight characters of the access token: do not copy it (section 4). */
function leaks(request: ReceivedRequest, accessToken: string): string[] {
  const start = accessToken.slice(0, 8);
  return Object.entries(request.headers)
    .filter(([name, value]) => name !== "authorization" && value.includes(start))
    .map(([name]) => `the start of the access token in ${name}`);
}
