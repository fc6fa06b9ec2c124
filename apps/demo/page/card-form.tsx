import type { ComponentProps, ReactNode } from "react";
import type { FailureView } from "../src/desk/desk-view.ts";
import { Button } from "./button.tsx";
import { Failure, useAction } from "./desk-action.tsx";

interface CardFormProps extends ComponentProps<"form"> {
  /** Why it was refused, where that does not stand at a field. */
  readonly failure?: FailureView | undefined;
  /** What can be done. */
  readonly actions?: ReactNode;
  /** What the button says that leaves everything as it is. */
  readonly leave?: string;
  /** A second Enter, pressed too early, does no harm there. */
  readonly leaveFocused?: boolean;
  readonly close: () => void;
}

/** What a card asks a person: the question, what can be done, and the way out. */
export function CardForm(props: CardFormProps) {
  const { failure, actions, leave = "Not now", leaveFocused = false, close, children, ...form } = props;
  return (
    <form className="form" noValidate {...form}>
      {children}
      {!form.onSubmit && <Failure of={failure} />}
      <div className="actions">
        {actions}
        <Button className="plain" onClick={close} autoFocus={leaveFocused}>
          {leave}
        </Button>
      </div>
    </form>
  );
}

interface ConfirmationProps {
  /** What will happen. */
  readonly children: ReactNode;
  /** What the button says that does it. */
  readonly confirm: string;
  readonly path: string;
  readonly close: () => void;
}

/** Asks once more, with what will come of it. */
export function Confirmation({ children, confirm, path, close }: ConfirmationProps) {
  const { busy, failure, run } = useAction();
  const go = async (): Promise<void> => {
    if ((await run(path)) !== undefined) close();
  };
  const action = (
    <Button busy={busy} onClick={() => void go()}>
      {confirm}
    </Button>
  );
  return (
    <CardForm failure={failure} actions={action} close={close} leaveFocused>
      <p>{children}</p>
    </CardForm>
  );
}
