import { BrokerAuthError } from "../errors/broker-auth-error.ts";

/** The option that carries a call; known to every copy of this package. */
export const clientCallKey: unique symbol = Symbol.for("@x/core/client-call");

/** What an HTTP client says of a call of its own, which it may send more than once. */
export interface ClientCallFacts {
  /** Whether it ends the wait by a limit of its own, and tells nothing of what became of the request. */
  readonly limited: boolean;
  /** Whether it may come back with the same call, by its options. */
  readonly comesBack: boolean;
}

/**
 * One call of a client that is built on the account, however often the client sends it. What is not a read is sent once, and its first outcome is
 * given each time.
 */
export class ClientCall {
  readonly facts: ClientCallFacts;
  #first: Promise<{ readonly response: Response; readonly spare: Response | undefined }> | undefined;

  constructor(facts: ClientCallFacts) {
    this.facts = facts;
  }

  /** Whether something that is not a read was sent. */
  get sent(): boolean {
    return this.#first !== undefined;
  }

  async once(send: () => Promise<Response>): Promise<Response> {
    if (this.#first !== undefined) return again(await this.#first);
    // Kept only for a client that may come back: of a long answer it would be a second copy.
    const keep = (response: Response) => ({ response, spare: this.facts.comesBack ? response.clone() : undefined });
    this.#first = send().then(keep);
    return (await this.#first).response;
  }
}

function again({ spare }: { readonly spare: Response | undefined }): Response {
  if (spare !== undefined) return spare.clone();
  throw new BrokerAuthError(
    "outcome_unknown",
    "this request was sent already, and its answer was handed out; it is not sent again",
  );
}
