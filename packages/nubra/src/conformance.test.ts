import { fakeClock, type ProviderTestEnvironment, providerConformance, testContext } from "@x/core/testing";
import { createSandboxClock, demoAccounts, startNubraSandbox } from "@x/sandbox";
import { describe, it } from "vitest";
import { nubra } from "./provider.ts";
import { startedAt } from "./testing/answers.ts";

const [main, sms] = demoAccounts.nubra;

// nubra.md sections 4 and 5: the code by TOTP or SMS, then the MPIN. The sandbox's account with TOTP is asked for its SMS twice.
const sendsSms = "sms > POST /sendphoneotp";
const sendsMpin = "mpin > POST /verifypin";
const byHand = ["otp > POST /verifyphoneotp"];
const sessionCalls: Omit<ProviderTestEnvironment["calls"], "login" | "byHand"> = {
  renew: [sendsMpin],
  probe: ["GET /userinfo"],
  revoke: ["POST /logout"],
  network: ["GET /ipaddress/validate"],
  serverTime: ["GET /"],
  socket: { market: ["GET /userinfo"], orders: ["GET /userinfo"] },
};

// nubra.md section 8, by status and text. Its refusals never come under HTTP 200.
const said = (status: number, error: string) => ({ status, json: { error, nubra_error_code: "" } });
const pinRefusals = [
  { call: "POST /verifypin", ...said(400, "Invalid MPIN"), code: "pin_rejected" },
  { call: "POST /verifypin", ...said(400, "Account locked: too many attempts"), code: "account_locked" },
] as const;
const totpRefusals = [
  { call: "POST /totp/login", ...said(400, "Invalid TOTP"), code: "totp_rejected" },
  { call: "POST /totp/login", status: 401, code: "totp_rejected" },
  { call: "POST /totp/login", ...said(400, "TOTP is not enabled for user"), code: "configuration" },
  { call: "POST /totp/login", ...said(403, "API access blocked for this account"), code: "permission_denied" },
] as const;
const refusals: ProviderTestEnvironment["refusals"] = {
  login: [
    { call: "POST /sendphoneotp", ...said(400, "Enter valid inputs to proceed."), code: "invalid_credentials" },
    { call: "POST /sendphoneotp", ...said(400, "Maximum attempts reached"), code: "account_locked" },
    { call: "POST /verifyphoneotp", ...said(400, "Invalid OTP"), code: "otp_rejected" },
    { call: "POST /verifyphoneotp", ...said(400, "OTP expired"), code: "challenge_expired" },
    ...pinRefusals,
    { call: "POST /verifypin", status: 401, code: "pin_rejected" },
    { call: "POST /verifypin", status: 440, json: {}, code: "challenge_expired" },
  ],
  renew: [
    ...pinRefusals,
    { call: "POST /verifypin", status: 440, json: {}, code: "session_expired" },
    { call: "POST /verifypin", ...said(401, "Session expired"), code: "session_expired" },
    { call: "POST /verifypin", status: 401, code: "session_expired" },
  ],
};

// nubra.md section 8.
const verdicts: ProviderTestEnvironment["verdicts"] = {
  dead: [
    { path: "/userinfo", status: 440, json: { error: "session expired" } },
    { path: "/userinfo", status: 401, json: {} },
    { path: "/portfolio/holdings", status: 440, json: { error: "session expired" } },
  ],
  living: [
    { path: "/reports/contract-note", status: 440, json: {} },
    { path: "/portfolio/holdings", status: 403, json: {}, code: "permission_denied" },
    ...[400, 401, 403].map((status) => {
      const json = { message: "IP address mismatch" };
      return { method: "POST", path: "/orders/v2/single", status, json, code: "ip_not_allowed" } as const;
    }),
    { path: "/portfolio/holdings", status: 429, headers: { "retry-after": "7" }, code: "rate_limited" },
    { path: "/portfolio/holdings", status: 503, headers: { "content-type": "text/html" }, code: "broker_unavailable" },
  ],
};

async function scriptedBroker(unattended: boolean): Promise<ProviderTestEnvironment> {
  const clock = fakeClock(startedAt);
  const sandbox = await startNubraSandbox({ clock: createSandboxClock({ now: () => clock.now() }) });
  const known = unattended ? main! : sms!;
  const { name, phone, mpin } = known;
  const totp = known.totpSecret === undefined ? {} : { totpSecret: known.totpSecret };
  const where = { environment: "sandbox", baseUrl: sandbox.url };
  const sending = unattended ? [sendsSms, sendsSms] : [sendsSms];
  return {
    provider: nubra(),
    account: { phone, mpin, ...totp, ...where },
    otherAccount: { phone: "9000000099", mpin, ...where },
    markers: [phone, ...Object.values(totp)],
    origins: [sandbox.url, sandbox.url.replace("http", "ws")],
    calls: {
      login: unattended ? [["totp > POST /totp/login", sendsMpin]] : [sending, [...byHand, sendsMpin]],
      byHand: [sending, byHand, [sendsMpin]],
      ...sessionCalls,
    },
    refusals: unattended ? { ...refusals, login: [...totpRefusals, ...refusals.login] } : refusals,
    verdicts,
    // The claim of the token: seven hours, in whole seconds (nubra.md section 6).
    endsAt: (issuedAt) => Math.floor(issuedAt / 1_000) * 1_000 + 7 * 3_600_000,
    context: (options) => testContext({ clock, ...options }),
    // The MPIN too, where the kit takes it out of the account.
    answer: ({ kind }) => (kind === "otp" ? (sandbox.inbox(name).at(-1)?.code ?? "246810") : mpin),
    endSessions: () => sandbox.endSessions(name),
    arrived: () => sandbox.journal.count(),
    cleanup: () => sandbox.close(),
  };
}

describe("Nubra by TOTP", () => {
  providerConformance({ describe, it }, () => scriptedBroker(true));
});
describe("Nubra by OTP", () => {
  providerConformance({ describe, it }, () => scriptedBroker(false));
});
