import { type Answer, type BrokerAuthError, errorCodes, type LoginProgress } from "@x/core";
import { type DeskForm, wrongField } from "./desk-form.ts";
import type { LoginStepView, RefusalView } from "./desk-view.ts";

const answers: Readonly<Record<string, { readonly pattern: RegExp; readonly message: string }>> = {
  otp: { pattern: /^\d{4,8}$/, message: "Write the digits of the message, 4 to 8 of them." },
  totp: { pattern: /^\d{6}$/, message: "Write the six digits that the app shows." },
  mpin: { pattern: /^\d{4,6}$/, message: "Write the MPIN, 4 to 6 digits." },
};

/** What a person answered. @throws BrokerAuthError `configuration`, with the field, before anything is sent */
export function answerOf(form: DeskForm): Answer {
  const { kind = "", value = "" } = form;
  if (kind === "resend") return { kind };
  const expected = Object.hasOwn(answers, kind) ? answers[kind] : undefined;
  if (expected === undefined) throw wrongField("kind", "The form has lost its question; begin again.");
  const digits = value.replaceAll(/\s/g, "");
  if (!expected.pattern.test(digits)) throw wrongField("value", expected.message);
  return { kind: kind as "otp" | "totp" | "mpin", value: digits };
}

/** Where a login stands, for the page. */
export function stepView(progress: LoginProgress): LoginStepView {
  if (progress.kind === "session") return { kind: "session" };
  const { challenge, handle, refused } = progress;
  return { kind: "challenge", challenge, handle, ...(refused === undefined ? {} : { refused: refusalView(refused) }) };
}

/** Why something was not done, for the page. */
export function refusalView({ code, message, action, field }: BrokerAuthError): RefusalView {
  // The page says it at the field, without its name: then there is nothing that "the message names".
  const todo = action === errorCodes.configuration.action ? message : action;
  return { code, message, action: todo, ...(field === undefined ? {} : { field }) };
}
