import {
  Secret,
  type Session,
  takeTotpCode,
  totpCode,
  totpPeriodMs,
  type TotpSetup,
  unexpectedAnswer,
  wrongArgument,
} from "@x/core/adapter";
import { callNubra } from "./call.ts";
import type { NubraClient } from "./client.ts";
import { endpoints, names } from "./endpoints.ts";
import { refusal } from "./failures.ts";
import { objectionTo, readTotpSecretMade } from "./responses.ts";
import type { NubraTokens } from "./tokens.ts";

export async function generateTotp(session: Session<NubraTokens>, client: NubraClient): Promise<TotpSetup> {
  // The new secret takes the old one's place at Nubra: none is asked for that could not be turned on.
  configuredPin(client);
  const answer = await callNubra("generateTotp", { session }, client);
  if (!answer.ok) throw refusal("generateTotp", answer, { now: client.context.now() });
  const made = readTotpSecretMade(answer);
  if (made === undefined) throw unexpectedAnswer(answer, "holds no TOTP secret");
  const objection = objectionTo(answer, client.credentials);
  if (objection !== undefined) throw unexpectedAnswer(answer, objection);
  return { secret: made.secret, qrImage: made.qrImage };
}

/** Nubra may end the session after this (nubra.md section 5): check it before the next call that matters. */
export async function enableTotp(secret: Secret, session: Session<NubraTokens>, client: NubraClient): Promise<void> {
  const { context } = client;
  const mpin = configuredPin(client);
  // The MPIN first, so that what becomes of the call is written down against the code: a refused code must not bar a good MPIN.
  await context.recordAttempt({ factor: "mpin", step: endpoints.enableTotp.step });
  // Not yet the account's configured secret, so the code is spent as what it is and not as that one.
  const code = await takeTotpCode(
    () => totpCode(secret, Math.floor(context.now() / totpPeriodMs)),
    endpoints.enableTotp.step,
    context,
  );
  const json = { mpin, totp: new Secret(code) };
  await submit("enableTotp", json, session, client);
}

export async function disableTotp(session: Session<NubraTokens>, client: NubraClient): Promise<void> {
  const mpin = configuredPin(client);
  await client.context.recordAttempt({ factor: "mpin", step: endpoints.disableTotp.step });
  await submit("disableTotp", { mpin }, session, client);
}

async function submit(
  call: "enableTotp" | "disableTotp",
  json: Readonly<Record<string, Secret>>,
  session: Session<NubraTokens>,
  client: NubraClient,
): Promise<void> {
  const answer = await callNubra(call, { session, json }, client);
  if (!answer.ok) throw refusal(call, answer, { now: client.context.now() });
  // A message is all that these two answer, so a 2xx is believed unless it is a page or speaks against itself.
  if (answer.body === "other") throw unexpectedAnswer(answer, "does not say that it was done");
  const objection = objectionTo(answer, client.credentials);
  if (objection !== undefined) throw unexpectedAnswer(answer, objection);
}

function configuredPin({ credentials }: NubraClient): Secret {
  if (credentials.mpin !== undefined) return credentials.mpin;
  throw wrongArgument("mpin", "is missing; Nubra wants it to turn TOTP on or off", names.broker);
}
