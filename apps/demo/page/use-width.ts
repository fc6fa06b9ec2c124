import { type RefObject, useLayoutEffect, useRef, useState } from "react";

/** An element's width in pixels, now and whenever it changes. */
export function useWidth(): [element: RefObject<HTMLDivElement | null>, width: number] {
  const element = useRef<HTMLDivElement>(null);
  const [width, setWidth] = useState(900);
  useLayoutEffect(() => {
    if (element.current === null) return undefined;
    const observer = new ResizeObserver(([entry]) => setWidth(entry?.contentRect.width ?? 900));
    observer.observe(element.current);
    return () => observer.disconnect();
  }, []);
  return [element, width];
}
