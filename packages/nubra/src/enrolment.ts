import {
  type BrokerAnswer,
  Secret,
  type Session,
  takeNewTotpCode,
  type TotpSetup,
  wrongArgument,
} from "@x/core/adapter";
import { callNubra } from "./call.ts";
import type { NubraClient } from "./client.ts";
import { endpoints, names } from "./endpoints.ts";
import { granted } from "./failures.ts";
import { readTotpSecretMade } from "./responses.ts";
import type { NubraTokens } from "./tokens.ts";

export async function generateTotp(session: Session<NubraTokens>, client: NubraClient): Promise<TotpSetup> {
  // The new secret takes the old one's place at Nubra: none is asked for that could not be turned on.
  configuredPin(client);
  const answer = await callNubra("generateTotp", { session }, client);
  return granted("generateTotp", answer, readTotpSecretMade, "holds no TOTP secret", client);
}

/** Nubra may end the session after this (nubra.md section 5): check it before the next call that matters. */
export async function enableTotp(secret: Secret, session: Session<NubraTokens>, client: NubraClient): Promise<void> {
  // The MPIN first, so that what becomes of the call is written down against the code: a refused code must not bar a good MPIN.
  const mpin = await spendPin("enableTotp", client);
  const code = await takeNewTotpCode(secret, endpoints.enableTotp.step, client.context);
  await submit("enableTotp", { mpin, totp: new Secret(code) }, session, client);
}

export async function disableTotp(session: Session<NubraTokens>, client: NubraClient): Promise<void> {
  const mpin = await spendPin("disableTotp", client);
  await submit("disableTotp", { mpin }, session, client);
}

async function submit(
  call: "enableTotp" | "disableTotp",
  json: Readonly<Record<string, Secret>>,
  session: Session<NubraTokens>,
  client: NubraClient,
): Promise<void> {
  const answer = await callNubra(call, { session, json }, client);
  granted(call, answer, readDone, "does not say that it was done", client);
}

// A message is all that these two answer, so a 2xx is believed unless it is a page or speaks against itself.
function readDone({ body }: BrokerAnswer): true | undefined {
  return body === "other" ? undefined : true;
}

async function spendPin(call: "enableTotp" | "disableTotp", client: NubraClient): Promise<Secret> {
  const mpin = configuredPin(client);
  await client.context.recordAttempt({ factor: "mpin", step: endpoints[call].step });
  return mpin;
}

function configuredPin({ credentials }: NubraClient): Secret {
  if (credentials.mpin !== undefined) return credentials.mpin;
  throw wrongArgument("mpin", "is missing; Nubra wants it to turn TOTP on or off", names.broker);
}
