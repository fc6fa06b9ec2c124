import type { ReactNode } from "react";
import { Button } from "./button.tsx";
import { type ActionResult, Failure, useAction } from "./desk-action.tsx";

interface ConfirmationProps {
  /** What will happen. */
  readonly children: ReactNode;
  /** What the button says that does it. */
  readonly confirm: string;
  readonly work: () => Promise<ActionResult<unknown>>;
  readonly close: () => void;
}

/** Asks once more, with what will come of it. */
export function Confirmation({ children, confirm, work, close }: ConfirmationProps) {
  const { busy, failure, run } = useAction();
  const go = async (): Promise<void> => {
    if ((await run(work())).ok) close();
  };
  return (
    <div className="form">
      {children}
      <Failure of={failure} />
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
