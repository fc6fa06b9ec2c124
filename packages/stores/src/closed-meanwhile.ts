import { BrokerAuthError } from "@x/core";

/** What ends a call that began before its store was closed: it opens nothing anew, in a directory that may be gone. */
export function closedMeanwhile(place = "the store"): BrokerAuthError {
  return new BrokerAuthError("store_unavailable", `${place} was closed by this program while a call was waiting`, {
    action: "Close the store after its last call has ended.",
  });
}
