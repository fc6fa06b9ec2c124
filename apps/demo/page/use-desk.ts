import { useEffect, useState } from "react";
import type { DeskView } from "../src/desk/desk-view.ts";

/** What the desk last told, and whether it still does. */
export interface DeskState {
  readonly view: DeskView | undefined;
  readonly connected: boolean;
}

/**
 * Follows the desk while somebody looks. A connection that breaks is taken up again by the browser. A tab in the background has none: a browser
 * has six per server, and each stream keeps one.
 */
export function useDesk(): DeskState {
  const [state, setState] = useState<DeskState>({ view: undefined, connected: true });
  useEffect(() => {
    let stream: EventSource | undefined;
    const follow = (): void => {
      if (document.visibilityState === "hidden") {
        stream?.close();
        stream = undefined;
        return;
      }
      if (stream !== undefined) return;
      stream = new EventSource("/desk/stream");
      stream.addEventListener("message", ({ data }: MessageEvent<string>) =>
        setState({ view: JSON.parse(data) as DeskView, connected: true }),
      );
      stream.addEventListener("error", () => setState(({ view }) => ({ view, connected: false })));
    };
    follow();
    document.addEventListener("visibilitychange", follow);
    return () => {
      document.removeEventListener("visibilitychange", follow);
      stream?.close();
    };
  }, []);
  return state;
}
