import type { StepContext } from "./step.ts";

/**
 * What the reference asks a client to send, or not to, although the broker would most likely take it otherwise too. It is noted in the journal,
 * and refused only with the `lint` option.
 */
export function deviationsOf({ request, step, body }: StepContext): string[] {
  const { headers, method } = request;
  const found: string[] = [];
  for (const [name, value] of FIXED_HEADERS) if (headers[name] !== value) found.push(`no ${name}: ${value} on ${step}`);
  // The documents want them, and nobody looks at them (reference section 2).
  for (const name of ADDRESS_HEADERS) if (headers[name] === undefined) found.push(`no ${name} on ${step}`);
  // The official client sends `{}` with every GET.
  if (method === "GET" && request.body.length > 0) found.push(`a body on ${step}`);
  if (step === "login" && headers["authorization"] !== undefined) found.push("authorization on login");
  const fields = KNOWN_FIELDS[step];
  if (fields !== undefined)
    for (const name of Object.keys(body)) if (!fields.includes(name)) found.push(`unknown field ${name} on ${step}`);
  return found;
}

const FIXED_HEADERS = [
  ["accept", "application/json"],
  ["x-usertype", "USER"],
  ["x-sourceid", "WEB"],
] as const;

const ADDRESS_HEADERS = ["x-macaddress", "x-clientlocalip", "x-clientpublicip"] as const;

const KNOWN_FIELDS: Readonly<Record<string, readonly string[]>> = {
  login: ["clientcode", "password", "totp", "state"],
  renew: ["refreshToken"],
  logout: ["clientcode"],
};
