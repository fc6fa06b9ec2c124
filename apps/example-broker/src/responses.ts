import { nullish, object, regex, safeParse, string } from "zod/mini";

/** What a login gives, as far as it is used. */
export interface Grant {
  readonly accessToken: string;
  readonly userId: string;
}

// What goes into a header: visible characters, no spaces, of a length that servers take.
const headerText = string().check(regex(/^[\x21-\x7e]{1,4096}$/));
const grantAnswer = object({
  // An answer that bears both a grant and a complaint is none that we know.
  error_type: nullish(string().check(regex(/^$/))),
  data: object({ access_token: headerText, user_id: string() }),
});
const failureAnswer = object({ error_type: string() });
const profileAnswer = object({ data: object({ user_id: string() }) });

/** The grant inside an answer, undefined for anything that is not one. */
export function readGrant(json: unknown): Grant | undefined {
  const data = safeParse(grantAnswer, json).data?.data;
  return data === undefined ? undefined : { accessToken: data.access_token, userId: data.user_id };
}

/** The broker's word for a failure; undefined where there is none. It may hold anything: for comparing, not for showing. */
export function readErrorType(json: unknown): string | undefined {
  return safeParse(failureAnswer, json).data?.error_type;
}

/** Whether a profile came as it should: proof that the session lives. */
export function isProfile(json: unknown): boolean {
  return safeParse(profileAnswer, json).success;
}
