import {
  busyVerdict,
  deadVerdict,
  deniedCall,
  listed,
  isPage,
  listAddress,
  type Refusal,
  type RequestLine,
  type ResponseView,
  type Verdict,
} from "@x/core/adapter";
import { isQuotesPath, names, orderPaths, readingPaths } from "./endpoints.ts";
import { namedCode, readReportFailure } from "./failure-body.ts";

const alive: Verdict = { kind: "alive" };

/**
 * The codes that are about the session (kotak-neo.md section 8.3; 10020 comes from older hosts). 900901, the gateway's own, is about the access token
 * where one is shown.
 */
export const deadCodes: readonly string[] = ["100022", "1003", "10020", "900901"];

// "No Data", and what is wrong with an order or its input (kotak-neo.md section 8.3): the session was good enough to come this far.
const passingCode = /^(?:5203|1021|100[24-9])$/;

const addressRefusals: readonly Refusal[] = [
  {
    code: "ip_not_allowed",
    brokerCode: "100008",
    message: "Kotak Neo takes this call only from a listed address (static IP rule)",
    action: `${listAddress("in the Neo dashboard")} Then log in again from it once. Do not log in again before. An access token of another app gives the same answer.`,
  },
  {
    code: "ip_not_allowed",
    brokerCode: "1037",
    message: "Kotak Neo takes orders of this session only from the address that it was made from",
    action: "Send the order from the machine that logged in, or make one new login from here.",
  },
];

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
    if (deadCodes.includes(code)) return deadVerdict(code, busy);
    if (passingCode.test(code)) return alive;
    const refusal = addressRefusals.find(({ brokerCode }) => brokerCode === code);
    if (refusal !== undefined) return { kind: "refused", refusal };
  }
  if (busy !== undefined) return busy;
  // Also a firewall's page: it proves nothing, and a gateway may put one in front of a dead session.
  if (status === 403 && code === undefined) return { kind: "suspect", otherwise: deniedCall(answer, names.title) };
  if (isPage(answer)) return status === 401 ? { kind: "suspect" } : alive;
  if (status !== 401 && code !== "401" && code !== "403") return alive;
  if (code !== undefined) return { kind: "dead", brokerCode: namedCode.test(code) ? code : undefined };
  // By itself that word is the text of the address refusal (100008), so a probe has to tell.
  return /^unauthori[sz]ed\.?$/i.test(text)
    ? { kind: "suspect", otherwise: deniedCall(answer, names.title) }
    : { kind: "dead" };
}

/** Whether a request only reads: those of a list. */
export const isRead: (request: RequestLine) => boolean = listed(readingPaths);

/** Whether a request places, changes or cancels an order: those of a list. */
export const isOrder: (request: RequestLine) => boolean = listed(orderPaths);
