import { type ComponentProps, type FormEvent, type ReactNode, useEffect, useId, useRef, useState } from "react";
import type { FailureView } from "../src/desk/desk-view.ts";
import { Failure, useAction } from "./desk-action.tsx";

interface FieldProps extends Omit<ComponentProps<"input">, "id"> {
  readonly label: ReactNode;
  readonly hint?: ReactNode;
  /** What is wrong with it. Said below it, and to whoever does not see it. What was typed stays. */
  readonly wrong: FailureView | undefined;
  /** Takes the focus when it appears. */
  readonly focused?: boolean;
}

/** An input with its label, its hint, and the place where it is told what is wrong. */
export function Field({ label, hint, wrong, focused = false, children, ...input }: FieldProps) {
  const id = useId();
  const field = useRef<HTMLInputElement>(null);
  // Where something is wrong, the next thing that is typed belongs there.
  useEffect(() => {
    if (wrong !== undefined || focused) field.current?.focus();
    if (wrong !== undefined) field.current?.select();
  }, [wrong, focused]);
  return (
    <div className="field">
      <label htmlFor={id}>{label}</label>
      <input
        autoComplete="off"
        {...input}
        ref={field}
        id={id}
        aria-invalid={wrong !== undefined}
        aria-describedby={`${id}-hint ${id}-wrong`}
      />
      <p className="hint" id={`${id}-hint`}>
        {hint}
      </p>
      {children}
      <Failure of={wrong} id={`${id}-wrong`} />
    </div>
  );
}

interface OneFieldFormProps extends Pick<ComponentProps<"form">, "className" | "aria-label"> {
  /** Where it is sent to. */
  readonly path: string;
  /** The field as it stands while nobody types in it; a sent form goes back to that. */
  readonly field: Omit<FieldProps, "wrong" | "onChange"> & { readonly name: string; readonly value: string };
  /** What is said once it was done. */
  readonly done: (typed: string, told: string) => string;
  /** Its button, and what else belongs to it. */
  readonly children: (busy: boolean) => ReactNode;
}

/** A form with one field: what is typed there, what came of sending it, and what was wrong. */
export function OneFieldForm({ path, field, done, children, ...form }: OneFieldFormProps) {
  const [typed, setTyped] = useState<string>();
  const [said, setSaid] = useState("");
  const { busy, failure, run } = useAction();
  const value = typed ?? field.value;
  const send = async (event: FormEvent): Promise<void> => {
    event.preventDefault();
    setSaid("");
    const answer = await run<{ readonly told?: string }>(path, { [field.name]: value.trim() });
    if (answer === undefined) return;
    setTyped(undefined);
    setSaid(done(value.trim(), answer.told ?? ""));
  };
  return (
    <form {...form} onSubmit={(event) => void send(event)} noValidate>
      <Field {...field} value={value} wrong={failure} onChange={({ target }) => setTyped(target.value)} />
      {children(busy)}
      <p className="done" role="status">
        {said}
      </p>
    </form>
  );
}
