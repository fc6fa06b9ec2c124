import { useState } from "react";
import type { RefusalView } from "../src/desk/desk-view.ts";

export type ActionResult<Answer> =
  | { readonly ok: true; readonly answer: Answer }
  | { readonly ok: false; readonly refusal: RefusalView };

/** Sends a form to the desk. */
export async function post<Answer>(path: string, fields: Record<string, string> = {}): Promise<ActionResult<Answer>> {
  try {
    const response = await fetch(path, { method: "POST", body: new URLSearchParams(fields) });
    const answer = (await response.json()) as Answer & { readonly refusal?: RefusalView };
    return answer.refusal === undefined ? { ok: true, answer } : { ok: false, refusal: answer.refusal };
  } catch {
    const message = "The desk could not be reached.";
    return { ok: false, refusal: { code: "unreachable", message, action: "Look whether npm start still runs." } };
  }
}

/** What is said of a refusal beside the field or button that it is about. */
export function refusalText({ message, action }: RefusalView): string {
  // The library names the field in front; here it stands beside it.
  const plain = message.replace(/^[\w.]+: /, "").replace(", given as a string", "");
  const sentence = `${plain.charAt(0).toUpperCase()}${plain.slice(1)}`;
  const first = /[.!?]$/.test(sentence) ? sentence : `${sentence}.`;
  return action === message || first.includes(action) ? first : `${first} ${action}`;
}

/** Where a refusal is said. The place is always there, so that a message that appears is read out. */
export function Refusal({ of }: { of: RefusalView | undefined }) {
  return (
    <p className="wrong" role="alert">
      {of === undefined ? "" : refusalText(of)}
    </p>
  );
}

/** Something that a button does: one at a time, and with a place for why it was refused, until the next time. */
export function useAction() {
  const [busy, setBusy] = useState(false);
  const [refusal, setRefusal] = useState<RefusalView>();
  const run = async <Answer,>(work: Promise<ActionResult<Answer>>): Promise<ActionResult<Answer>> => {
    setBusy(true);
    const result = await work;
    setRefusal(result.ok ? undefined : result.refusal);
    setBusy(false);
    return result;
  };
  return { busy, refusal, run, clear: () => setRefusal(undefined) };
}
