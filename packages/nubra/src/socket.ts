import {
  parseSocketPurpose,
  Secret,
  type Session,
  type SocketPlan,
  trustedUrl,
  unexpectedAnswer,
  type Warning,
} from "@x/core/adapter";
import { callNubra } from "./call.ts";
import { type NubraClient, originPolicy } from "./client.ts";
import { names } from "./endpoints.ts";
import { granted } from "./failures.ts";
import { readUserInfo } from "./responses.ts";
import type { NubraTokens } from "./tokens.ts";

/** The sockets there are. */
export type NubraSocketPurpose = "market" | "orders";

/**
 * Where the socket is and the first command to send. The token is a word of every text command, the handshake carries none, as in the
 * official SDK (nubra.md section 7), so a browser's WebSocket will do. The login reference leaves the commands themselves open; these are
 * the official Python SDK's, as public code shows them, and were never tried at the live service:
 * `subscribe <token> notifications notification` for orders, `batch_subscribe <token> <channel> <payload> <exchange>` for market data.
 */
export async function openSocket(
  session: Session<NubraTokens>,
  purpose: string,
  client: NubraClient,
): Promise<SocketPlan> {
  const asked: NubraSocketPurpose = parseSocketPurpose(purpose, names);
  const answer = await callNubra("userInfo", { session }, client);
  const lack = "names no address for this socket";
  const info = granted("userInfo", answer, readUserInfo, lack, client);
  const given = info.sockets[asked];
  if (typeof given !== "string") throw unexpectedAnswer(answer, lack);
  const url = trustedUrl(given, originPolicy(client));
  if (url === undefined || !url.protocol.startsWith("ws")) {
    throw unexpectedAnswer(answer, "names an address for this socket that is not Nubra's; nothing was sent there");
  }
  return {
    url: url.href,
    headers: {},
    frames: [firstCommand(asked, session.tokens.sessionToken)],
    classify: (frame) => (/^\s*invalid token\s*$/i.test(frame) ? "refused" : "other"),
    warnings: info.version?.toUpperCase() === "DEPRECATED" ? [deprecated] : [],
  };
}

// For market data a subscription to nothing: it shows the token, and so brings out a refusal, before the program says what it wants.
function firstCommand(purpose: NubraSocketPurpose, token: Secret): Secret {
  const shown = token.reveal();
  return new Secret(
    purpose === "orders"
      ? `subscribe ${shown} notifications notification`
      : `batch_subscribe ${shown} index {"instruments":[],"indexes":[]} NSE`,
  );
}

const deprecated: Warning = {
  code: "client_deprecated",
  message:
    "Nubra calls this client version outdated. Give a newer x-app-version in extraHeaders, or update this package.",
};
