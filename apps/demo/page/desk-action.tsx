import { useState } from "react";
import type { FailureView } from "../src/desk/desk-view.ts";

type Fields = Readonly<Record<string, string>>;
type Answered<Answer> = Answer & { readonly failure?: FailureView };

const unreachable: FailureView = {
  code: "unexpected",
  message: "The desk could not be reached.",
  action: "Look whether npm start still runs.",
};

/** Something that a button or a form does at the desk: one at a time, and with a place for why it was refused, until the next time. */
export function useAction() {
  const [busy, setBusy] = useState(false);
  const [failure, setFailure] = useState<FailureView>();
  /** Sends a form. Undefined where the desk has refused it. */
  const run = async <Answer = object,>(path: string, fields: Fields = {}): Promise<Answer | undefined> => {
    setBusy(true);
    const answer = await fetch(path, { method: "POST", body: new URLSearchParams(fields) })
      .then(async (response) => response.json() as Promise<Answered<Answer>>)
      .catch(() => ({ failure: unreachable }) as Answered<Answer>);
    setFailure(answer.failure);
    setBusy(false);
    return answer.failure === undefined ? answer : undefined;
  };
  return { busy, failure, run };
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
export function Failure({ of, id }: { of: FailureView | undefined; id?: string }) {
  return (
    <p className="wrong" role="alert" id={id}>
      {of && failureText(of)}
    </p>
  );
}
