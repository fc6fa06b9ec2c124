import { BrokerAuthError, type LoginStep, type Renewal, Secret } from "@x/core/adapter";
import { callAngelOne } from "./call.ts";
import type { AngelOneClient } from "./client.ts";
import { endpoints, names } from "./endpoints.ts";
import { opened } from "./login.ts";
import type { AngelOneTokens } from "./tokens.ts";

/**
 * Rung two of the ladder (angel-one.md section 2, call 2): the refresh token opens the next session, without PIN and TOTP. Whether it reaches past
 * midnight is not known (section 3), so it is tried once after each session. @throws BrokerAuthError `session_expired` when a full login is due
 */
export async function renew(renewal: Renewal, client: AngelOneClient): Promise<LoginStep<AngelOneTokens>> {
  const [jwtToken, refreshToken] = renewal.token.reveal().split(" ");
  const { step } = endpoints.renewTokens;
  if (jwtToken === undefined || refreshToken === undefined)
    throw new BrokerAuthError("session_expired", `${step}: nothing is kept that could renew the session`, {
      broker: names.broker,
      step,
    });
  const sentAt = client.context.now();
  const json = { refreshToken: new Secret(refreshToken) };
  const reply = await callAngelOne("renewTokens", { jwtToken: new Secret(jwtToken), json }, client);
  return opened("renewTokens", reply, sentAt, client);
}
