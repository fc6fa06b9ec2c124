import { useEffect, useRef, useState } from "react";
import type { DeskView } from "../src/desk/desk-view.ts";

/**
 * What the desk last told, and whether it still does. A connection that breaks is taken up again by the browser. A tab in the background has none:
 * a browser has six per server, and each stream keeps one.
 */
export function useDesk() {
  const [view, setView] = useState<DeskView>();
  const [connected, setConnected] = useState(true);
  useEffect(() => {
    let stream: EventSource | undefined;
    const follow = (): void => {
      if (document.visibilityState === "hidden") {
        stream?.close();
        stream = undefined;
      } else if (stream === undefined) {
        stream = new EventSource("/desk/stream");
        stream.addEventListener("message", ({ data }: MessageEvent<string>) => {
          setView(JSON.parse(data) as DeskView);
          setConnected(true);
        });
        stream.addEventListener("error", () => setConnected(false));
      }
    };
    follow();
    document.addEventListener("visibilitychange", follow);
    return () => {
      document.removeEventListener("visibilitychange", follow);
      stream?.close();
    };
  }, []);
  return { view, connected };
}

/** The desk's clock, every second: what it last told, and what has gone by since. */
export function useNow(toldAt: number): number {
  const told = useRef({ at: toldAt, since: performance.now() });
  const [, tick] = useState(0);
  if (told.current.at !== toldAt) told.current = { at: toldAt, since: performance.now() };
  useEffect(() => {
    const timer = setInterval(() => tick((count) => count + 1), 1000);
    return () => clearInterval(timer);
  }, []);
  return told.current.at + (performance.now() - told.current.since);
}
