import type { ButtonHTMLAttributes, MouseEvent, ReactElement } from "react";

interface ButtonProps extends Omit<ButtonHTMLAttributes<HTMLButtonElement>, "disabled" | "aria-disabled"> {
  /** It does nothing just now. It keeps the focus: a button that is `disabled` loses it, and the next Tab begins at the top of the page. */
  readonly busy?: boolean;
}

export function Button({ busy = false, type = "button", onClick, ...rest }: ButtonProps): ReactElement {
  const click = (event: MouseEvent<HTMLButtonElement>): void => {
    // Enter in a field clicks the button that submits.
    if (busy) event.preventDefault();
    else onClick?.(event);
  };
  // The rule wants to read the type here; it is always given, by default as "button".
  // oxlint-disable-next-line react/button-has-type
  return <button {...rest} type={type} aria-disabled={busy} onClick={click} />;
}
