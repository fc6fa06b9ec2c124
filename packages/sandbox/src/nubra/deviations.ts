import { isJsonObject } from "../json.ts";
import { type StepContext, isJsonType } from "./step.ts";

/**
 * What the reference grades as harmless although a client should not send it (reference section 12 rules 1 to 4). It is noted in the journal,
 * and refused only with the `lint` option.
 */
export function deviationsOf({ broker, request, step }: StepContext): string[] {
  const found = step.unwanted
    .filter((name) => request.headers[name] !== undefined)
    .map((name) => `${name} on ${step.name}`);
  if (request.query.size > 0 && step.name !== "report") found.push(`a query on ${step.name}`);
  if (step.body === "none" && request.body.length > 0) found.push(`a body on ${step.name}`);
  if (request.path.includes("//")) found.push("// in the path");
  if (request.path.replaceAll(/\/{2,}/g, "/") !== step.path) found.push("the code in the path");
  if (step.body === "none") return found;
  // The curls for enable and disable on the original page carry JSON without saying so.
  const isForgiven = broker.profile === "documented" && step.path.startsWith("/totp/");
  if (isForgiven && !isJsonType(request.headers["content-type"])) found.push("no JSON content type");
  if (isJsonObject(request.json) && !step.fields.includes("*")) {
    for (const field of Object.keys(request.json))
      if (!step.fields.includes(field)) found.push(`field ${field} on ${step.name}`);
  }
  return found;
}
