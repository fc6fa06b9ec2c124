import type { AccountSession } from "./account-session.ts";
import { ask, type ReadingParts } from "./read-context.ts";
import type { ProbeAnswer } from "../contract/provider.ts";

/** The question to the broker whether a session lives. Requests that raise it at the same time share one answer. */
export class SessionProbe {
  readonly #parts: ReadingParts;
  #underWay: { readonly generation: number; readonly answer: Promise<ProbeAnswer> } | undefined;

  constructor(parts: ReadingParts) {
    this.#parts = parts;
  }

  ask(session: AccountSession): Promise<ProbeAnswer> {
    const { provider, credentials } = this.#parts.context;
    if (provider.probe === undefined) return Promise.resolve("dead");
    if (this.#underWay?.generation === session.generation) return this.#underWay.answer;
    const answer = ask(this.#parts, async (context) => provider.probe!(session, credentials, context))
      .catch(() => "unknown" as const)
      .finally(() => {
        if (this.#underWay?.answer === answer) this.#underWay = undefined;
      });
    this.#underWay = { generation: session.generation, answer };
    return answer;
  }
}
