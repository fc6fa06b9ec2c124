import { type Listener, startListener } from "./listener.ts";
import type { Journal } from "./journal.ts";

/** Port 9 is "discard": nothing listens there. */
export const NOWHERE_URL = "http://127.0.0.1:9";

/**
 * Another origin, where nothing of ours should ever arrive: redirects and wrong addresses point here. It answers 200 to everything, so a
 * client that follows is not stopped by an error, and the journal holds what it gave away (`listener: "elsewhere"`).
 */
export function startElsewhere(options: {
  readonly journal: Journal;
  readonly now: () => number;
  readonly port?: number | undefined;
}): Promise<Listener> {
  return startListener({
    broker: "elsewhere",
    name: "elsewhere",
    port: options.port,
    now: options.now,
    journal: options.journal,
    handle: (request) => {
      request.entry.tell({ outcome: "accepted" });
      return { status: 200, body: { message: "You have been led here" } };
    },
  });
}
