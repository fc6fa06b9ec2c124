import { useEffect, useState } from "react";
import type { DeskView } from "../src/desk/desk-view.ts";

/** What the desk last told, and whether it still does. */
export interface DeskState {
  readonly view: DeskView | undefined;
  readonly connected: boolean;
}

/** Follows the desk. A connection that breaks is taken up again by the browser. */
export function useDesk(): DeskState {
  const [state, setState] = useState<DeskState>({ view: undefined, connected: true });
  useEffect(() => {
    const stream = new EventSource("/desk/stream");
    stream.addEventListener("message", ({ data }: MessageEvent<string>) =>
      setState({ view: JSON.parse(data) as DeskView, connected: true }),
    );
    stream.addEventListener("error", () => setState(({ view }) => ({ view, connected: false })));
    return () => stream.close();
  }, []);
  return state;
}
