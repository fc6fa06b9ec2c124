import {
  type Answer,
  type LoginStep,
  type Meaning,
  type PendingLogin,
  refusedCall,
  shortSession,
  unexpectedAnswer,
  unfitAnswer,
} from "@x/core/adapter";
import { callZerodha } from "./call.ts";
import { checksum } from "./checksum.ts";
import type { ZerodhaClient } from "./client.ts";
import { endpoints, loginPage, names } from "./endpoints.ts";
import { refusal } from "./failures.ts";
import { packPending, unpackPending } from "./pending.ts";
import { readRedirectAnswer } from "./redirect-answer.ts";
import { bringsError, readGrant } from "./responses.ts";
import { mintSession } from "./session.ts";
import type { ZerodhaTokens } from "./tokens.ts";

type Step = LoginStep<ZerodhaTokens>;

/** Sends nothing: the first thing that happens is that a person opens Zerodha's page (zerodha.md section 2, call 1). */
export function begin(client: ZerodhaClient): Extract<Step, { kind: "challenge" }> {
  const state = crypto.randomUUID();
  const { loginOrigin, apiKey } = client.credentials;
  const redirectParams = new URLSearchParams({ state }).toString();
  const query = new URLSearchParams({ v: "3", api_key: apiKey.reveal(), redirect_params: redirectParams });
  return {
    kind: "challenge",
    challenge: { kind: "redirect", url: `${loginOrigin}${loginPage.path}?${query.toString()}` },
    pending: packPending({ awaits: "redirect", state }, client),
  };
}

/** Trades the request token for a session. One that is refused leads to a new challenge, which costs nobody anything. */
export async function answer(pending: PendingLogin, given: Answer, client: ZerodhaClient): Promise<Step> {
  const { credentials, context } = client;
  const { state } = unpackPending(pending, client);
  if (given.kind !== "redirect") throw unfitAnswer("redirect", names.broker);
  const requestToken = readRedirectAnswer(given.value, state);
  const form = {
    api_key: credentials.apiKey,
    request_token: requestToken,
    checksum: await checksum(requestToken, credentials),
  };
  await context.recordAttempt({ factor: "otp", step: endpoints.grantSession.step, answer: requestToken });
  const sentAt = context.now();
  const reply = await callZerodha("grantSession", { form }, client);
  const now = context.now();
  const grant = reply.ok ? readGrant(reply.json) : undefined;
  if (grant === undefined) {
    const refused = refusal("grantSession", reply, { now });
    if (refused.code === "otp_rejected") return { ...begin(client), refused };
    throw refused;
  }
  // A success that speaks against itself is none that we know, whatever token it brings.
  if (bringsError(reply.json)) throw unexpectedAnswer(reply, "brings an error together with a session");
  if (grant.userId !== credentials.userId.reveal()) throw refusedCall(anotherCustomer, reply, now);
  const session = mintSession(grant, sentAt, context);
  return { kind: "session", session, warnings: shortSession(session) };
}

const anotherCustomer: Meaning = {
  code: "invalid_credentials",
  message: "another customer logged in; the session is dropped",
  action: "Log out of Kite in the browser, and log in at the page as the customer that userId names.",
};
