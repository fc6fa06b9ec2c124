import type { ScenarioStage } from "./scenario-stage.ts";

/** Something that is made to happen. */
export interface Act {
  readonly title: string;
  /** Accounts that must have a session before: else there is nothing to break, and nothing is done. */
  readonly needs: readonly string[];
  /** Makes it happen and waits for what comes of it. Returns what was seen, in a sentence or two. */
  readonly run: (stage: ScenarioStage) => Promise<string>;
}

/** What can go wrong at a desk. It is caused at the broker or at our own computers, never inside the library. */
export interface Scenario extends Act {
  readonly id: string;
  /** What will happen, in a sentence. */
  readonly does: string;
  /** What ends it, where it lasts. */
  readonly remedy?: Act;
}
