import { wrongArgument } from "../errors/argument.ts";

/**
 * What a socket is asked for. Every broker has prices and orders; some have one socket for both.
 * @throws BrokerAuthError `configuration` for anything else
 */
export function parseSocketPurpose(
  purpose: string,
  { broker, title }: { readonly broker: string; readonly title: string },
): "market" | "orders" {
  if (purpose === "market" || purpose === "orders") return purpose;
  throw wrongArgument("purpose", `${title} has sockets for "market" and "orders"`, broker);
}
