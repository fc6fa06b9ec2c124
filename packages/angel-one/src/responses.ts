import { contradictionIn, isHeaderText, isObject, Secret } from "@x/core/adapter";
import { object, optional, refine, safeParse, string, unknown } from "zod/mini";
import { readFailure } from "./failure-body.ts";

/** What a login and a renewal give (angel-one.md section 2). */
export interface Grant {
  /** Without `Bearer`. */
  readonly jwtToken: Secret;
  readonly feedToken: Secret;
  /** Without it the session cannot be renewed, and is as good as any other. */
  readonly refreshToken: Secret | undefined;
}

// It goes into a header.
const headerText = string().check(refine(isHeaderText));
// Another public client puts the word in front before it hands the token on (angel-one.md section 3).
const jwt = string().check(refine((text) => isHeaderText(bare(text))));
const grantAnswer = object({
  data: object({ jwtToken: jwt, feedToken: headerText, refreshToken: optional(unknown()) }),
});
const profileAnswer = object({ data: object({ clientcode: string() }) });

/** The grant inside an answer, undefined for anything that is not one. */
export function readGrant(json: unknown): Grant | undefined {
  const data = safeParse(grantAnswer, json).data?.data;
  return (
    data && {
      jwtToken: new Secret(bare(data.jwtToken)),
      feedToken: new Secret(data.feedToken),
      refreshToken: isHeaderText(data.refreshToken) ? new Secret(data.refreshToken) : undefined,
    }
  );
}

/** Whose profile it is; undefined for anything that is not one. */
export function readProfile(json: unknown): { readonly clientCode: string } | undefined {
  const data = safeParse(profileAnswer, json).data?.data;
  return data && { clientCode: data.clientcode.toUpperCase() };
}

/** What in a success speaks against it, as the end of the sentence "it …". */
export function objectionTo(json: unknown): string | undefined {
  return isObject(json) && readFailure(json).marked ? "says that it failed" : contradictionIn(json);
}

function bare(text: string): string {
  return text.replace(/^Bearer /, "");
}
