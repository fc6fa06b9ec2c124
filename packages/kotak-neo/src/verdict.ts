import {
  busyVerdict,
  deniedCall,
  listed,
  isPage,
  type Refusal,
  type RequestLine,
  type ResponseView,
  type Verdict,
} from "@x/core/adapter";
import { isQuotesPath, names, orderPaths, readingPaths } from "./endpoints.ts";
import { namedCodes, readReportFailure } from "./failure-body.ts";

const alive: Verdict = { kind: "alive" };

/** The codes that are about the session and nothing else (kotak-neo.md section 8.3; 10020 comes from older hosts). */
export const sessionCodes: ReadonlySet<string> = new Set(["100022", "1003", "10020"]);

// 900901, the gateway's own, means the session at the trading host, where no access token is shown.
const deadCodes = new Set([...sessionCodes, "900901"]);

// "No Data", and what is wrong with an order or its input (kotak-neo.md section 8.3): the session was good enough to come this far.
const passingCodes = new Set(["5203", "1021", "1002", "1004", "1005", "1006", "1007", "1008", "1009"]);

const addressRefusals: Readonly<Record<string, Omit<Refusal, "code" | "brokerCode">>> = {
  "100008": {
    message: "Kotak Neo does not take this call from this network address (static IP rule)",
    action:
      "List the address of this machine in the Neo dashboard (IPv4 and IPv6 both count) and log in again from it once. Do not log in again before: the session is alive. An access token of another app gives the same answer.",
  },
  "1037": {
    message: "Kotak Neo takes orders of this session only from the address that it was made from",
    action:
      "Send the order from the machine that logged in, or, if this machine shall trade, make one new login from here.",
  },
};

/**
 * What an answer of the trading host says about the session, as kotak-neo.md section 8.3 has it. Dead are only the codes for it where no server
 * failed and nothing says success, and a plain 401; the word "unauthorized", HTML, throttling and server faults never are.
 */
export function classify(answer: ResponseView, now: number): Verdict {
  const { status } = answer;
  const busy = busyVerdict(answer, names.title, now, 424);
  // Quotes take the access token and never look at the session.
  if (isQuotesPath(answer.path)) return busy ?? alive;

  const { code, text } = readReportFailure(answer.json);
  if (code !== undefined) {
    // A server that is not working may say anything about a session: the probe decides.
    if (deadCodes.has(code) && busy !== undefined) return { kind: "suspect", otherwise: busy.refusal };
    if (deadCodes.has(code)) return { kind: "dead", brokerCode: code };
    if (passingCodes.has(code)) return alive;
    const address = Object.hasOwn(addressRefusals, code) ? addressRefusals[code] : undefined;
    if (address !== undefined)
      return { kind: "refused", refusal: { code: "ip_not_allowed", ...address, brokerCode: code } };
  }
  if (busy !== undefined) return busy;
  // Also a firewall's page: it proves nothing, and a gateway may put one in front of a dead session.
  if (status === 403 && code === undefined) return { kind: "suspect", otherwise: deniedCall(answer, names.title) };
  if (isPage(answer)) return status === 401 ? { kind: "suspect" } : alive;
  if (code === "401" || code === "403") return { kind: "dead", brokerCode: code };
  if (status === 401) {
    // By itself that word is the text of the address refusal (100008), so a probe has to tell.
    return code === undefined && /^unauthori[sz]ed\.?$/i.test(text)
      ? { kind: "suspect", otherwise: deniedCall(answer, names.title) }
      : { kind: "dead", brokerCode: code !== undefined && namedCodes.has(code) ? code : undefined };
  }
  return alive;
}

/** Whether a request only reads: those of a list. */
export const isRead: (request: RequestLine) => boolean = listed(readingPaths);

/** Whether a request places, changes or cancels an order: those of a list. */
export const isOrder: (request: RequestLine) => boolean = listed(orderPaths);
