import { Secret, wrongArgument } from "@x/core/adapter";
import { names } from "./endpoints.ts";

/**
 * The request token in what a person brought back: the whole address that the browser was led to, or the bare token. An address must carry the
 * `state` of this login, or it may be somebody else's; who copies the bare token has looked at it.
 * @throws BrokerAuthError `configuration`; nothing was spent, and the login stays open
 */
export function readRedirectAnswer(value: string, state: string): Secret {
  const text = value.trim();
  if (!URL.canParse(text)) return requestToken(text);
  const { searchParams } = new URL(text);
  const [given, ...others] = searchParams.getAll("state");
  if (given !== state || others.length > 0) {
    return refuse("the state in this address is not that of this login; open the newest address and log in there");
  }
  const [token, ...further] = searchParams.getAll("request_token");
  if (token === undefined || further.length > 0) return refuse("this address does not carry one request_token");
  return requestToken(token);
}

function requestToken(text: string): Secret {
  if (/^[A-Za-z0-9]{8,128}$/.test(text)) return new Secret(text);
  return refuse("must be the whole address that the browser was led to, or the request token in it");
}

function refuse(message: string): never {
  throw wrongArgument("answer", message, names.broker);
}
