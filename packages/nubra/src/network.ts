import { type NetworkReport, type Session, unexpectedAnswer } from "@x/core/adapter";
import { callNubra } from "./call.ts";
import type { NubraClient } from "./client.ts";
import { refusal } from "./failures.ts";
import { readAddressReport } from "./responses.ts";
import type { NubraTokens } from "./tokens.ts";

const register = "Register a static IP in the Nubra account settings, or call from a registered one.";

/**
 * Which address Nubra sees and whether it may trade (nubra.md section 7). An address that may not trade is a report and not an error: login
 * and session work from anywhere.
 */
export async function network(session: Session<NubraTokens>, client: NubraClient): Promise<NetworkReport> {
  const answer = await callNubra("validateAddress", { session }, client);
  if (!answer.ok) {
    const refused = refusal("validateAddress", answer, { now: client.context.now() });
    if (refused.code !== "ip_not_allowed") throw refused;
    return {
      allowed: false,
      message: `Nubra has no registered address that matches, so it refuses trading calls. ${register}`,
    };
  }
  const report = readAddressReport(answer);
  if (report === undefined) throw unexpectedAnswer(answer, "cannot be read");
  return { address: report.address, allowed: report.matched, message: sentence(report.matched) };
}

function sentence(matched: boolean | undefined): string {
  if (matched === undefined) return "Nubra did not say whether this address is registered.";
  return matched
    ? "Nubra sees a registered address."
    : `Nubra sees an address that is not registered, so it refuses trading calls. ${register}`;
}
