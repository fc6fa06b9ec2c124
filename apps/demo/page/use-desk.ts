import { createContext, useContext, useEffect, useRef, useState } from "react";
import type { DeskView } from "../src/desk/desk-view.ts";

/** What the desk last told, the time on its clock, and whether it still answers. */
export interface OpenDesk extends DeskView {
  readonly connected: boolean;
}

export const DeskContext = createContext<OpenDesk | undefined>(undefined);

export function useDesk(): OpenDesk {
  return useContext(DeskContext) as OpenDesk;
}

/**
 * Follows the desk. A connection that breaks is taken up again by the browser. A tab in the background has none: a browser has six per server, and
 * each stream keeps one.
 */
export function useDeskStream(): OpenDesk | undefined {
  const [view, setView] = useState<DeskView>();
  const [connected, setConnected] = useState(true);
  const now = useNow(view?.now ?? 0);
  useEffect(() => {
    let stream: EventSource | undefined;
    const end = (): void => {
      stream?.close();
      stream = undefined;
    };
    const follow = (): void => {
      if (document.visibilityState === "hidden") return end();
      if (stream !== undefined) return undefined;
      stream = new EventSource("/desk/stream");
      stream.addEventListener("message", ({ data }: MessageEvent<string>) => {
        setView(JSON.parse(data) as DeskView);
        setConnected(true);
      });
      return stream.addEventListener("error", () => setConnected(false));
    };
    follow();
    document.addEventListener("visibilitychange", follow);
    return () => {
      document.removeEventListener("visibilitychange", follow);
      end();
    };
  }, []);
  return view && { ...view, now, connected };
}

/** The desk's clock, every second: what it last told, and what has gone by since. */
function useNow(toldAt: number): number {
  const told = useRef({ at: toldAt, since: performance.now() });
  const [, tick] = useState(0);
  if (told.current.at !== toldAt) told.current = { at: toldAt, since: performance.now() };
  useEffect(() => {
    const timer = setInterval(() => tick((count) => count + 1), 1000);
    return () => clearInterval(timer);
  }, []);
  return told.current.at + (performance.now() - told.current.since);
}
