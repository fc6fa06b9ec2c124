import { isHeaderText, isObject, readJwtClaims, shownAddress } from "@x/core/adapter";
import { array, nullish, object, optional, refine, safeParse, string, unknown, type ZodMiniType } from "zod/mini";
import type { KotakNeoCredentials } from "./credentials.ts";
import type { LoginCall } from "./endpoints.ts";

/** What an answer can say about the account. The session is valid all the same (kotak-neo.md section 9, gotcha 11). */
export type AccountWarning = "password_expired" | "dormant" | "trial_account";

/** What a successful login call answered, as far as it is used. */
export interface LoginGrant {
  readonly token: string;
  readonly sid: string;
  /** `View` after call 1, `Trade` after call 2, absent in older samples. */
  readonly kType?: string | undefined;
  /** As the answer has it: often masked, and never shown. */
  readonly ucc?: string | undefined;
  /** Not yet checked: an address from an answer is not trusted. Call 2 only. */
  readonly baseUrl?: string | undefined;
  readonly feedUrl?: string | undefined;
  readonly rtUrl?: string | undefined;
  readonly dataCenter?: string | undefined;
  /** Codes of what it says about the account. */
  readonly warnings: readonly AccountWarning[];
}

// A number here is not a token.
export const headerText: ZodMiniType<string> = string().check(refine(isHeaderText));

const text = nullish(string());

// What a login can do without: a change of its form must never cost one.
const hint = optional(unknown());

// Any other status beside a token is a refusal that we do not know yet.
const success = nullish(string().check(refine((word) => /^(success|ok)$/i.test(word))));

const loginAnswer = object({
  status: success,
  stat: success,
  data: object({
    token: headerText,
    sid: headerText,
    status: success,
    kType: text,
    ucc: hint,
    baseUrl: text,
    feedUrl: text,
    rtUrl: text,
    dataCenter: hint,
    isUserPwdExpired: hint,
    dormancyStatus: hint,
    isTrialAccount: hint,
  }),
});

/** The grant inside the answer to call 1 or 2, undefined for anything that is not one. Only `token` and `sid` must be there (kotak-neo.md section 4.1). */
export function readLoginGrant(json: unknown): LoginGrant | undefined {
  const data = safeParse(loginAnswer, json).data?.data;
  if (data === undefined) return undefined;
  const { isUserPwdExpired, dormancyStatus, isTrialAccount, dataCenter, status: _, ...texts } = data;
  const said = [
    isUserPwdExpired === true && "password_expired",
    // `A` is active; what the other letters mean is not documented (kotak-neo.md section 9, gotcha 11).
    isFilled(dormancyStatus) && dormancyStatus !== "A" && "dormant",
    isTrialAccount === true && "trial_account",
  ] as const;
  // Absent and null mean the same, and so does the empty text: unused fields of this broker are often empty (kotak-neo.md section 4.1).
  const filled = Object.entries(texts).filter(([, value]) => isFilled(value));
  return {
    ...(Object.fromEntries(filled) as Omit<LoginGrant, "warnings">),
    // Kept and shown with a session, so it must look like one and not like a code or a PIN.
    dataCenter: [dataCenter].filter(isFilled).find((name) => /^(?=.{1,4}$)[A-Za-z]{1,3}\d{0,2}$/.test(name)),
    warnings: said.filter((code) => code !== false),
  };
}

/** Whether there is something where a login call's token belongs, whatever else the answer says. */
export function carriesToken(json: unknown): boolean {
  return isObject(json) && isObject(json["data"]) && isFilled(json["data"]["token"]);
}

/** Which call a grant came from, and whose it should be. */
export interface GrantCall {
  readonly call: LoginCall;
  readonly credentials: KotakNeoCredentials;
}

/**
 * What in a grant speaks against it, as the end of the sentence "it …"; undefined where nothing does. `kType`, `ucc` and the token's claims are
 * optional, but where they are there they must be those of this call and this client.
 */
export function objectionTo({ token, kType, ucc }: LoginGrant, { call, credentials }: GrantCall): string | undefined {
  const expected = call === "loginTotp" ? /^view$/i : /^trade$/i;
  const { scope, ucc: claimed } = readJwtClaims(token) ?? {};
  const scopes: unknown[] = Array.isArray(scope) ? scope : [];
  const isExpected = (kind: unknown): boolean => expected.test(String(kind));
  if ((kType !== undefined && !isExpected(kType)) || (scopes.length > 0 && !scopes.some(isExpected)))
    return "brings a token of another kind";
  const own = credentials.ucc.reveal();
  return [ucc, claimed].some((given) => isAnother(given, own)) ? "speaks of another client" : undefined;
}

// A code that is masked, cut short or spelt in another way says nothing (kotak-neo.md, additions of 2026-11-30). Some mask with X.
function isAnother(given: unknown, own: string): boolean {
  const code = typeof given === "string" ? given.trim().toUpperCase() : "";
  const isComplete = /^[A-Z0-9]+$/.test(code) && [5, own.length].includes(code.length);
  return isComplete && code.split("").some((one, place) => one !== "X" && one !== own[place]);
}

const clientIpAnswer = object({ data: array(object({ ip: unknown() })) });

/** The address in the answer of get-client-ip; undefined where there is none. */
export function readClientIp(json: unknown): string | undefined {
  return shownAddress(safeParse(clientIpAnswer, json).data?.data[0]?.ip);
}

/** Whether a report of the trading host came as it should: proof that the session lives. */
export function isReport(json: unknown): boolean {
  return isObject(json) && json["stat"] === "Ok";
}

function isFilled(value: unknown): value is string {
  return typeof value === "string" && value.trim() !== "";
}
