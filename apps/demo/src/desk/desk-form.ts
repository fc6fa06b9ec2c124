import { BrokerAuthError, type LoginProgress } from "@x/core";
import type { Context } from "hono";
import type { FailureView, LoginStepView } from "./desk-view.ts";
import { personAction } from "./person-action.ts";

/** What a form of the page holds. */
export type DeskForm = Readonly<Record<string, string>>;

export async function readForm(context: Context): Promise<DeskForm> {
  return Object.fromEntries(new URLSearchParams(await context.req.text()));
}

/** @throws BrokerAuthError `configuration`, with the field, where nothing was written */
export function required(form: DeskForm, field: string, message: string): string {
  const value = form[field]?.trim();
  if (value === undefined || value === "") throw wrongField(field, message);
  return value;
}

export function wrongField(field: string, message: string): BrokerAuthError {
  return new BrokerAuthError("configuration", message, { field, action: message });
}

/** What cannot be done, and what can. */
export function impossible(field: string, message: string, action: string): BrokerAuthError {
  return new BrokerAuthError("configuration", `${field}: ${message}`, { field, action });
}

/** Where a login stands, for the page. */
export function stepView(progress: LoginProgress): LoginStepView {
  if (progress.kind === "session") return { kind: "session" };
  const { kind, challenge, handle, refused } = progress;
  return { kind, challenge, handle, refused: refused && failureView(refused) };
}

/** Why something was not done, for the page. */
export function failureView(error: BrokerAuthError): FailureView {
  const { code, message, field } = error;
  return { code, message, action: personAction(error), field };
}
