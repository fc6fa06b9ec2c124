import { useEffect, useState } from "react";
import type { AccountView, LoginStepView } from "../src/desk/desk-view.ts";

/** A login that waits for its answer. */
export type OpenLogin = Extract<LoginStepView, { kind: "challenge" }>;

export interface AccountLogin {
  /** Kept while the account waits, also when the form is closed or the page is loaded again. */
  readonly waiting: OpenLogin | undefined;
  /** The one that the form shows. */
  readonly shown: OpenLogin | undefined;
  readonly show: (step: OpenLogin) => void;
  readonly hide: () => void;
  /** It takes no further answer. */
  readonly forget: () => void;
}

/** An account's login in this tab. */
export function useLogin({ name, state }: AccountView): AccountLogin {
  const [kept, setKept] = useState(() => restored(name));
  const [shown, setShown] = useState<OpenLogin>();
  const over = state === "logged_in";
  useEffect(() => {
    // Somebody has finished it, here or elsewhere.
    if (!over) return;
    setKept(undefined);
    setShown(undefined);
    keep(name, undefined);
  }, [name, over]);
  return {
    waiting: state === "pending" ? kept : undefined,
    shown,
    show(step) {
      setKept(step);
      setShown(step);
      keep(name, step);
    },
    hide: () => setShown(undefined),
    forget() {
      setKept(undefined);
      keep(name, undefined);
    },
  };
}

function storageKey(account: string): string {
  return `login ${account}`;
}

// The handle stands for the login and says nothing of it; the challenge is what the form asks. Nothing else is kept, and nothing beyond the tab.
function keep(account: string, step: OpenLogin | undefined): void {
  try {
    if (step === undefined) sessionStorage.removeItem(storageKey(account));
    else {
      const { handle, challenge } = step;
      sessionStorage.setItem(storageKey(account), JSON.stringify({ handle, challenge }));
    }
  } catch {
    // A browser that keeps nothing loses the login with the page, no more.
  }
}

function restored(account: string): OpenLogin | undefined {
  try {
    const text = sessionStorage.getItem(storageKey(account));
    if (text === null) return undefined;
    return { kind: "challenge", ...(JSON.parse(text) as Pick<OpenLogin, "handle" | "challenge">) };
  } catch {
    return undefined;
  }
}
