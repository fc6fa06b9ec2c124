import { useEffect, useRef, useState } from "react";

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
