import { Secret, wrongArgument } from "@x/core/adapter";
import { names } from "./endpoints.ts";

/**
 * The request token in what a person brought back: the address that the browser was led to, whole or from its path on, as servers hand it to a
 * route. Zerodha has no `state`, so ours travels in its `redirect_params` (zerodha.md section 2): without that very value the address may be of
 * somebody else's login. A bare request token is refused for the same reason.
 * @throws BrokerAuthError `configuration`; nothing was spent, and the login stays open
 */
export function readRedirectAnswer(value: string, state: string): Secret {
  const text = value.trim();
  const address = /^[/?]/.test(text) ? `http://localhost${text}` : text;
  if (!URL.canParse(address)) return refuse("must be the whole address that the browser was led to");
  const { searchParams } = new URL(address);
  if (searchParams.getAll("state").join("\n") !== state)
    return refuse("the state in this address is not that of this login; open the newest address and log in there");
  const [token, ...further] = searchParams.getAll("request_token");
  if (token === undefined || further.length > 0)
    return refuse("this address does not carry one request_token: the login was not finished at Zerodha's page");
  return /^[A-Za-z0-9]{1,128}$/.test(token)
    ? new Secret(token)
    : refuse("the request_token in this address is not letters and digits");
}

function refuse(message: string): never {
  throw wrongArgument("answer", message, names.broker);
}
