import { useState } from "react";
import type { FailureView } from "../src/desk/desk-view.ts";

export type ActionResult<Answer> =
  | { readonly ok: true; readonly answer: Answer }
  | { readonly ok: false; readonly failure: FailureView };

/** Sends a form to the desk. */
export async function post<Answer>(path: string, fields: Record<string, string> = {}): Promise<ActionResult<Answer>> {
  try {
    const response = await fetch(path, { method: "POST", body: new URLSearchParams(fields) });
    const answer = (await response.json()) as Answer & { readonly failure?: FailureView };
    return answer.failure === undefined ? { ok: true, answer } : { ok: false, failure: answer.failure };
  } catch {
    const message = "The desk could not be reached.";
    return { ok: false, failure: { code: "unexpected", message, action: "Look whether npm start still runs." } };
  }
}

/** What is said of a failure beside the field or button that it is about. */
export function failureText({ message, action }: FailureView): string {
  // The library names the field in front; here it stands beside it.
  const plain = message.replace(/^[\w.]+: /, "").replace(", given as a string", "");
  const sentence = `${plain.charAt(0).toUpperCase()}${plain.slice(1)}`;
  const first = /[.!?]$/.test(sentence) ? sentence : `${sentence}.`;
  return action === message || first.includes(action) ? first : `${first} ${action}`;
}

/** Where a failure is said. The place is always there, so that a message that appears is read out. */
export function Failure({ of }: { of: FailureView | undefined }) {
  return (
    <p className="wrong" role="alert">
      {of === undefined ? "" : failureText(of)}
    </p>
  );
}

/** Something that a button does: one at a time, and with a place for why it was refused, until the next time. */
export function useAction() {
  const [busy, setBusy] = useState(false);
  const [failure, setFailure] = useState<FailureView>();
  const run = async <Answer,>(work: Promise<ActionResult<Answer>>): Promise<ActionResult<Answer>> => {
    setBusy(true);
    const result = await work;
    setFailure(result.ok ? undefined : result.failure);
    setBusy(false);
    return result;
  };
  return { busy, failure, run, clear: () => setFailure(undefined) };
}
