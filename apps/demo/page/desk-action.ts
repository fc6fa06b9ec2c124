import { useCallback, useState } from "react";
import type { RefusalView } from "../src/desk/desk-view.ts";

/** Why the desk did not do something. */
export type Refusal = RefusalView;

export type ActionResult<Answer> =
  | { readonly ok: true; readonly answer: Answer }
  | { readonly ok: false; readonly refusal: Refusal };

/** Sends a form to the desk. */
export async function post<Answer>(
  path: string,
  fields: Readonly<Record<string, string>> = {},
): Promise<ActionResult<Answer>> {
  return answered(async () => {
    const answer = (await (await send(path, fields)).json()) as Answer & { readonly refusal?: Refusal };
    return answer.refusal === undefined ? { ok: true, answer } : { ok: false, refusal: answer.refusal };
  });
}

/** The picture of a TOTP secret, and what stands for the secret when it is confirmed. */
export interface SecretPicture {
  readonly id: string;
  readonly picture: Blob;
}

/** Sends a form whose answer is the picture of a TOTP secret. */
export async function postForPicture(path: string): Promise<ActionResult<SecretPicture>> {
  return answered(async () => {
    const response = await send(path, {});
    if (response.headers.get("content-type")?.startsWith("image/") === true)
      return {
        ok: true,
        answer: { id: response.headers.get("x-enrolment") ?? "", picture: await response.blob() },
      };
    return { ok: false, refusal: ((await response.json()) as { readonly refusal: Refusal }).refusal };
  });
}

async function send(path: string, fields: Readonly<Record<string, string>>): Promise<Response> {
  return fetch(path, { method: "POST", body: new URLSearchParams(fields) });
}

async function answered<Answer>(ask: () => Promise<ActionResult<Answer>>): Promise<ActionResult<Answer>> {
  try {
    return await ask();
  } catch {
    const message = "The desk could not be reached.";
    return { ok: false, refusal: { code: "unreachable", message, action: "Look whether npm start still runs." } };
  }
}

/** What is said of a refusal beside the field or button that it is about. */
export function refusalText({ message, action }: Refusal): string {
  // The library names the field in front; here it stands beside it.
  const plain = message.replace(/^[\w.]+: /, "").replace(", given as a string", "");
  const sentence = `${plain.charAt(0).toUpperCase()}${plain.slice(1)}`;
  const first = /[.!?]$/.test(sentence) ? sentence : `${sentence}.`;
  return action === message || first.includes(action) ? first : `${first} ${action}`;
}

export interface Action {
  readonly busy: boolean;
  readonly refusal: Refusal | undefined;
  /** Runs it, and keeps why it was refused until the next time. */
  readonly run: <Answer>(work: () => Promise<ActionResult<Answer>>) => Promise<ActionResult<Answer>>;
  readonly clear: () => void;
}

/** Something that a button does: one at a time, and with a place for what went wrong. */
export function useAction(): Action {
  const [busy, setBusy] = useState(false);
  const [refusal, setRefusal] = useState<Refusal>();
  const run = useCallback<Action["run"]>(async (work) => {
    setBusy(true);
    const result = await work();
    setRefusal(result.ok ? undefined : result.refusal);
    setBusy(false);
    return result;
  }, []);
  const clear = useCallback(() => setRefusal(undefined), []);
  return { busy, refusal, run, clear };
}
