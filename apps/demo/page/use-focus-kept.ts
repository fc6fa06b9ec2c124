import { type RefObject, useEffect, useLayoutEffect, useRef } from "react";

/** Where the focus goes when what had it is taken away: else the next Tab begins at the top of the page. */
export function useFocusKept(inside: RefObject<HTMLElement | null>, next: RefObject<HTMLElement | null>): void {
  const last = useRef<Node>(null);
  useEffect(() => {
    const element = inside.current;
    const entered = ({ target }: FocusEvent): void => void (last.current = target as Node);
    // Who clicks elsewhere wants to be there.
    const pressed = ({ target }: PointerEvent): void => {
      if (last.current?.contains(target as Node) === false) last.current = null;
    };
    element?.addEventListener("focusin", entered);
    document.addEventListener("pointerdown", pressed);
    return () => {
      element?.removeEventListener("focusin", entered);
      document.removeEventListener("pointerdown", pressed);
    };
  }, [inside]);
  useLayoutEffect(() => {
    if (last.current === null || last.current.isConnected) return;
    last.current = null;
    if (document.activeElement === document.body) next.current?.focus({ preventScroll: true });
  });
}
