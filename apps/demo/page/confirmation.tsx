import type { ReactElement, ReactNode } from "react";
import { Button } from "./button.tsx";
import { type ActionResult, refusalText, useAction } from "./desk-action.ts";

interface ConfirmationProps {
  /** What will happen. */
  readonly children: ReactNode;
  /** What the button says that does it. */
  readonly confirm: string;
  readonly work: () => Promise<ActionResult<unknown>>;
  readonly close: () => void;
}

/** Asks once more, with what will come of it. */
export function Confirmation({ children, confirm, work, close }: ConfirmationProps): ReactElement {
  const { busy, refusal, run } = useAction();
  const go = async (): Promise<void> => {
    const { ok } = await run(work);
    if (ok) close();
  };
  return (
    <div className="form">
      {children}
      <p className="wrong" role="alert">
        {refusal === undefined ? "" : refusalText(refusal)}
      </p>
      <div className="actions">
        <Button busy={busy} onClick={() => void go()}>
          {confirm}
        </Button>
        {/* A second Enter, pressed too early, does no harm here. */}
        <Button className="plain" onClick={close} autoFocus>
          Not now
        </Button>
      </div>
    </div>
  );
}
