import {
  array,
  boolean,
  literal,
  nullish,
  object,
  optional,
  pipe,
  regex,
  safeParse,
  string,
  transform,
  unknown,
  type ZodMiniType,
} from "zod/mini";

/** What a successful login call answered, as far as it is used. */
export interface LoginGrant {
  readonly token: string;
  readonly sid: string;
  /** `View` after call 1, `Trade` after call 2, absent in older samples. */
  readonly kType: string | undefined;
  /** Not yet checked: an address from an answer is not trusted. Call 2 only. */
  readonly baseUrl: string | undefined;
  readonly feedUrl: string | undefined;
  readonly rtUrl: string | undefined;
  readonly dataCenter: string | undefined;
  readonly passwordExpired: boolean;
  readonly dormant: boolean;
  readonly trialAccount: boolean;
}

// What goes into a header: visible characters, no spaces, of a length that servers take. A number here is not a token.
const headerText = string().check(regex(/^[\x21-\x7e]{1,8192}$/));

// Absent and null mean the same, and so does the empty text: unused fields of this broker are often empty (kotak-neo.md section 4.1).
const address = nullish(string());

// Fields that only lead to a warning: a change of their form must never cost a login.
const hint = lenient(string());
const flag = lenient(boolean());

// Any other status beside a token is a refusal that we do not know yet.
const success = nullish(string().check(regex(/^(success|ok)$/i)));

const loginAnswer = object({
  status: success,
  stat: success,
  data: object({
    token: headerText,
    sid: headerText,
    status: success,
    kType: nullish(string()),
    baseUrl: address,
    feedUrl: address,
    rtUrl: address,
    dataCenter: hint,
    isUserPwdExpired: flag,
    dormancyStatus: hint,
    isTrialAccount: flag,
  }),
});

/** The grant inside the answer to call 1 or 2, undefined for anything that is not one. Only `token` and `sid` must be there (kotak-neo.md section 4.1). */
export function readLoginGrant(json: unknown): LoginGrant | undefined {
  const parsed = safeParse(loginAnswer, json);
  if (!parsed.success) return undefined;
  const { token, sid, kType, baseUrl, feedUrl, rtUrl, dataCenter, isUserPwdExpired, dormancyStatus, isTrialAccount } =
    parsed.data.data;
  return {
    token,
    sid,
    kType: present(kType),
    baseUrl: present(baseUrl),
    feedUrl: present(feedUrl),
    rtUrl: present(rtUrl),
    dataCenter: present(dataCenter),
    passwordExpired: isUserPwdExpired === true,
    // `A` is active; what the other letters mean is not documented (kotak-neo.md section 9, gotcha 11).
    dormant: present(dormancyStatus) !== undefined && dormancyStatus !== "A",
    trialAccount: isTrialAccount === true,
  };
}

const clientIpAnswer = object({ data: array(object({ ip: string().check(regex(/^[0-9a-fA-F.:]{3,45}$/)) })) });

/** The address in the answer of get-client-ip; undefined where there is none. */
export function readClientIp(json: unknown): string | undefined {
  const parsed = safeParse(clientIpAnswer, json);
  return parsed.success ? parsed.data.data[0]?.ip : undefined;
}

const reportAnswer = object({ stat: literal("Ok") });

/** Whether a report of the trading host came as it should: proof that the session lives. */
export function isReport(json: unknown): boolean {
  return safeParse(reportAnswer, json).success;
}

// In place of zod's own `catch`, which adds some kilobytes to a bundle.
function lenient<Value>(schema: ZodMiniType<Value>) {
  return optional(
    pipe(
      unknown(),
      transform((value) => safeParse(schema, value).data),
    ),
  );
}

function present(text: string | null | undefined): string | undefined {
  return text === null || text === undefined || text.trim() === "" ? undefined : text;
}
