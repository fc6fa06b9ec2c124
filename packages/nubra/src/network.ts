import { type NetworkReport, type Session, unexpectedAnswer } from "@x/core/adapter";
import { callNubra } from "./call.ts";
import type { NubraClient } from "./client.ts";
import { refusal } from "./failures.ts";
import { readAddressReport } from "./responses.ts";
import type { NubraTokens } from "./tokens.ts";

/**
 * Which address Nubra sees and whether it may trade (nubra.md section 7). An address that may not trade is a report and not an error: login
 * and session work from anywhere.
 */
export async function network(session: Session<NubraTokens>, client: NubraClient): Promise<NetworkReport> {
  const answer = await callNubra("validateAddress", { session }, client);
  if (!answer.ok) {
    const refused = refusal("validateAddress", answer, { now: client.context.now() });
    if (refused.code !== "ip_not_allowed") throw refused;
    return { allowed: false, message: sentence(false) };
  }
  const report = readAddressReport(answer);
  if (report === undefined) throw unexpectedAnswer(answer, "cannot be read");
  return { ...report, message: sentence(report.allowed) };
}

function sentence(allowed: boolean | undefined): string {
  if (allowed === undefined) return "Nubra did not say whether this address is registered.";
  return allowed
    ? "Nubra sees a registered address."
    : "Nubra sees an address that is not registered, so it refuses trading calls. Register a static IP in the Nubra account settings, or call from a registered one.";
}
