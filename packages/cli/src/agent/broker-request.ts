import type { IncomingMessage, ServerResponse } from "node:http";
import { BrokerAuthError } from "@x/core";
import { chosenAccount } from "../account-choice.ts";
import { providerOf } from "../configured-account.ts";
import type { Desk } from "../desk.ts";
import { answerBytes } from "./answer-bytes.ts";
import { answeredHeader } from "./agent-connection.ts";
import { type CarriedRequest, factsHeader } from "./carried-request.ts";
import { bodyOf } from "./local-server.ts";

/** Sends a request that a client of the agent has handed over, and gives the broker's answer back with its status and its headers. */
export async function sendForClient(desk: Desk, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const { account, input, ...init } = factsIn(request);
  const body = await bodyOf(request);
  if (body === undefined) throw wrong("body", "is longer than 1 MiB");
  const chosen = chosenAccount(desk.configuration, account);
  const answer = await desk.auth.fetch(chosen, input, {
    ...Object.fromEntries(Object.entries(init).filter(([, value]) => value !== undefined)),
    ...(body.byteLength === 0 ? {} : { body }),
  });
  const bytes = await answerBytes(answer, isRead(desk, chosen, init.method, input));
  // Read already: what says how it was packed no longer fits.
  const headers = [...answer.headers].filter(
    ([name]) => !/^(?:content-(?:length|encoding)|transfer-encoding|connection)$/.test(name),
  );
  response.writeHead(200, {
    [answeredHeader]: Buffer.from(JSON.stringify({ status: answer.status, headers })).toString("base64url"),
    "content-type": "application/octet-stream",
    "content-length": bytes.byteLength,
    "cache-control": "no-store",
  });
  response.end(bytes);
}

/** Whether a request only reads, as the adapter knows: what may have happened, where its answer is lost. */
export function isRead(desk: Desk, account: string, method: string, input: string): boolean {
  if (!URL.canParse(input, "https://path.invalid")) return false;
  const { pathname: path } = new URL(input, "https://path.invalid");
  return providerOf(desk, account).isRead({ method: method.toUpperCase(), path });
}

function factsIn(request: IncomingMessage): CarriedRequest["facts"] {
  try {
    const facts = JSON.parse(
      Buffer.from(String(request.headers[factsHeader]), "base64url").toString("utf8"),
    ) as unknown;
    if (typeof facts === "object" && facts !== null && typeof (facts as { input?: unknown }).input === "string")
      return facts as CarriedRequest["facts"];
  } catch {
    // Told below.
  }
  throw wrong(factsHeader, "must hold account, input, method and headers");
}

function wrong(field: string, message: string): BrokerAuthError {
  return new BrokerAuthError("configuration", `${field}: ${message}`, { field });
}
