// A session of kiteconnect.
import { KiteConnect } from "kiteconnect";

export function session(requestToken: string, secret: string): Promise<unknown> {
  return new KiteConnect({ api_key: "key" }).generateSession(requestToken, secret);
}
