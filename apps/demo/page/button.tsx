import type { ComponentProps, MouseEvent } from "react";

/** @param busy it does nothing just now. It keeps the focus: a `disabled` button loses it, and the next Tab begins at the top of the page */
export function Button({
  busy = false,
  type = "button",
  onClick,
  ...rest
}: ComponentProps<"button"> & { busy?: boolean }) {
  const click = (event: MouseEvent<HTMLButtonElement>): void => {
    // Enter in a field clicks the button that submits.
    if (busy) event.preventDefault();
    else onClick?.(event);
  };
  // The rule wants to read the type here; it is always given, by default as "button".
  // oxlint-disable-next-line react/button-has-type
  return <button {...rest} type={type} aria-disabled={busy} onClick={click} />;
}
