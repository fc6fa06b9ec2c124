import { isHeaderText } from "@x/core/adapter";
import { nullish, object, refine, regex, safeParse, string } from "zod/mini";

/** What a login gives, as far as it is used. */
export interface Grant {
  readonly accessToken: string;
  readonly userId: string;
}

// It goes into a header.
const headerText = string().check(refine(isHeaderText));
const grantAnswer = object({
  // An answer that bears both a grant and a complaint is none that we know.
  error_type: nullish(string().check(regex(/^$/))),
  data: object({ access_token: headerText, user_id: string() }),
});
const profileAnswer = object({ data: object({ user_id: string() }) });

/** The grant inside an answer, undefined for anything that is not one. */
export function readGrant(json: unknown): Grant | undefined {
  const data = safeParse(grantAnswer, json).data?.data;
  return data === undefined ? undefined : { accessToken: data.access_token, userId: data.user_id };
}

/** Whether a profile came as it should: proof that the session lives. */
export function isProfile(json: unknown): boolean {
  return safeParse(profileAnswer, json).success;
}
