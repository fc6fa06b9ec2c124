import { BrokerAuthError } from "@x/core";
import type { Context } from "hono";

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
