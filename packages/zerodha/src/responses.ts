import { isHeaderText, isObject } from "@x/core/adapter";
import { object, refine, safeParse, string } from "zod/mini";

/** What a login gives, as far as it is used (zerodha.md section 2). The refresh token is empty for all but approved platforms, and not kept. */
export interface Grant {
  readonly accessToken: string;
  /** Upper case. */
  readonly userId: string;
}

// It goes into a header.
const headerText = string().check(refine(isHeaderText));
const grantAnswer = object({ data: object({ access_token: headerText, user_id: string() }) });
const profileAnswer = object({ data: object({ user_id: string() }) });

/** The grant inside an answer, undefined for anything that is not one. */
export function readGrant(json: unknown): Grant | undefined {
  const data = safeParse(grantAnswer, json).data?.data;
  return data && { accessToken: data.access_token, userId: data.user_id.toUpperCase() };
}

/** Whose profile it is; undefined for anything that is not one. */
export function readProfile(json: unknown): { readonly userId: string } | undefined {
  const data = safeParse(profileAnswer, json).data?.data;
  return data && { userId: data.user_id.toUpperCase() };
}

/** Whether an answer says that it failed, whatever its status. */
export function bringsError(json: unknown): boolean {
  if (!isObject(json)) return false;
  const { error_type: errorType, status } = json;
  return (typeof errorType === "string" && errorType !== "") || (status !== undefined && status !== "success");
}
