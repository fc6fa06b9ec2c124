import {
  type Answer,
  type LoginStep,
  type Meaning,
  type PendingLogin,
  refusedCall,
  wrongArgument,
} from "@x/core/adapter";
import { callExampleBroker } from "./call.ts";
import { checksum } from "./checksum.ts";
import type { ExampleBrokerClient } from "./client.ts";
import { endpoints, loginPagePath, names } from "./endpoints.ts";
import { refusal } from "./failures.ts";
import { packPending, unpackPending } from "./pending.ts";
import { readRedirectAnswer } from "./redirect-answer.ts";
import { readGrant } from "./responses.ts";
import { mintSession } from "./session.ts";
import type { ExampleBrokerTokens } from "./tokens.ts";

type Step = LoginStep<ExampleBrokerTokens>;

/** Sends nothing: the first thing that happens is that a person opens the broker's page. */
export function begin(client: ExampleBrokerClient): Extract<Step, { kind: "challenge" }> {
  const state = crypto.randomUUID();
  const { loginOrigin, apiKey } = client.credentials;
  const query = new URLSearchParams({ api_key: apiKey.reveal(), state });
  return {
    kind: "challenge",
    challenge: { kind: "redirect", url: `${loginOrigin}${loginPagePath}?${query.toString()}` },
    pending: packPending({ awaits: "redirect", state }, client),
  };
}

/** Trades the request token for a session. One that the broker refuses leads to a new challenge, which costs nobody anything. */
export async function answer(pending: PendingLogin, given: Answer, client: ExampleBrokerClient): Promise<Step> {
  const { credentials, context } = client;
  const { state } = unpackPending(pending, client);
  if (given.kind !== "redirect") {
    const what = given.kind === "resend" ? "send again" : "answer";
    throw wrongArgument(
      "answer",
      `this login waits for the redirect, and there is nothing else to ${what}`,
      names.broker,
    );
  }
  const requestToken = readRedirectAnswer(given.value, state);
  const form = {
    api_key: credentials.apiKey,
    request_token: requestToken,
    checksum: await checksum(requestToken, credentials),
  };
  await context.recordAttempt({ factor: "otp", step: endpoints.grantSession.step, answer: requestToken });
  const sentAt = context.now();
  const reply = await callExampleBroker("grantSession", { form }, client);
  const now = context.now();
  const grant = reply.ok ? readGrant(reply.json) : undefined;
  if (grant === undefined) {
    const refused = refusal("grantSession", reply, { now });
    if (refused.code === "otp_rejected") return { ...begin(client), refused };
    throw refused;
  }
  if (grant.userId !== credentials.userId.reveal()) throw refusedCall(anotherCustomer, reply, now);
  return { kind: "session", session: mintSession(grant, sentAt, context) };
}

const anotherCustomer: Meaning = {
  code: "invalid_credentials",
  message: "another customer logged in; the session is dropped",
  action: "Log out in the browser, and log in at the page as the customer that userId names.",
};
