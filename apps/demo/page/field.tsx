import { type ComponentProps, type ReactNode, type RefObject, useEffect, useId, useRef } from "react";

interface FieldProps extends Omit<ComponentProps<"input">, "id"> {
  readonly label: ReactNode;
  readonly hint: ReactNode;
  /** What is wrong with it. Said below it, and to whoever does not see it. */
  readonly wrong: string | undefined;
  /** Takes the focus when it appears. */
  readonly focused?: boolean;
}

/** An input with its label, its hint, and the place where it is told what is wrong. What was typed stays. */
export function Field({ label, hint, wrong, focused = false, ...input }: FieldProps) {
  const id = useId();
  const field = useFocus(wrong, focused);
  const described = wrong === undefined ? `${id}-hint` : `${id}-hint ${id}-wrong`;
  return (
    <div className="field">
      <label htmlFor={id}>{label}</label>
      <input {...input} ref={field} id={id} aria-invalid={wrong !== undefined} aria-describedby={described} />
      <p className="hint" id={`${id}-hint`}>
        {hint}
      </p>
      <FieldMessage id={`${id}-wrong`} wrong={wrong} />
    </div>
  );
}

/** Says what is wrong. The place is always there, so that a message that appears is read out. */
export function FieldMessage({ id, wrong }: { id: string; wrong: string | undefined }) {
  return (
    <p className="wrong" id={id} role="alert">
      {wrong}
    </p>
  );
}

/** Where something is wrong, the next thing that is typed belongs there. */
export function useFocus(wrong: string | undefined, focused = false): RefObject<HTMLInputElement | null> {
  const field = useRef<HTMLInputElement>(null);
  useEffect(() => {
    if (wrong !== undefined || focused) field.current?.focus();
    if (wrong !== undefined) field.current?.select();
  }, [wrong, focused]);
  return field;
}
