import { type Answer, BrokerAuthError, type LoginStep, type PendingLogin } from "@x/core/adapter";
import { callExampleBroker, type ExampleBrokerClient } from "./call.ts";
import { checksum } from "./checksum.ts";
import { brokerId, loginPagePath, sessionTokenPath } from "./endpoints.ts";
import { loginRefusal } from "./failures.ts";
import { packPending, unpackPending } from "./pending.ts";
import { readRedirectAnswer } from "./redirect-answer.ts";
import { readGrant } from "./responses.ts";
import { mintSession } from "./session.ts";
import type { ExampleBrokerTokens } from "./tokens.ts";

type Step = LoginStep<ExampleBrokerTokens>;

const step = "session/token";

/** Sends nothing: the first thing that happens is that a person opens the broker's page. */
export function begin(client: ExampleBrokerClient): Extract<Step, { kind: "challenge" }> {
  const state = crypto.randomUUID();
  const { loginOrigin, apiKey } = client.credentials;
  const query = new URLSearchParams({ api_key: apiKey.reveal(), state });
  return {
    kind: "challenge",
    challenge: { kind: "redirect", url: `${loginOrigin}${loginPagePath}?${query.toString()}` },
    pending: packPending(state, client),
  };
}

/** Trades the request token for a session. One that the broker refuses leads to a new challenge, which costs nobody anything. */
export async function answer(pending: PendingLogin, given: Answer, client: ExampleBrokerClient): Promise<Step> {
  const { credentials, context } = client;
  const state = unpackPending(pending, client);
  if (given.kind !== "redirect") {
    const message = `answer: this login waits for the redirect, and there is nothing else to ${given.kind === "resend" ? "send again" : "answer"}`;
    throw new BrokerAuthError("configuration", message, { broker: brokerId, field: "answer" });
  }
  const requestToken = readRedirectAnswer(given.value, state);
  const form = {
    api_key: credentials.apiKey,
    request_token: requestToken,
    checksum: await checksum(requestToken, credentials),
  };
  const url = `${credentials.apiOrigin}${sessionTokenPath}`;
  await context.recordAttempt({ factor: "otp", step, answer: requestToken });
  const sentAt = context.now();
  const reply = await callExampleBroker({ step, method: "POST", url, form, carriesFactor: true }, client);
  const grant = reply.ok ? readGrant(reply.json) : undefined;
  if (grant === undefined) {
    const refused = loginRefusal(step, reply, context.now());
    if (refused.code === "otp_rejected") return { ...begin(client), refused };
    throw refused;
  }
  if (grant.userId !== credentials.userId.reveal()) {
    throw new BrokerAuthError("invalid_credentials", `${step}: another customer logged in; the session is dropped`, {
      broker: brokerId,
      step,
      status: reply.status,
      action: "Log out in the browser, and log in at the page as the customer that userId names.",
    });
  }
  return { kind: "session", session: mintSession(grant, sentAt, context) };
}
