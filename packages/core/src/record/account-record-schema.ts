import { array, boolean, literal, number, optional, refine, safeParse, strictObject, string, unknown } from "zod/mini";
import type { AccountRecord } from "./account-record.ts";
import { bodyVersion } from "./body-version.ts";
import { BrokerAuthError } from "../errors/broker-auth-error.ts";
import { errorCodes } from "../errors/error-codes.ts";
import type { AccountAddress } from "./record-key.ts";
import type { StoredRecord } from "../contract/token-store.ts";

// Never infinite: JSON has no infinity, but 1e400 is read as one, and written back as null.
const amount = number();
const count = amount.check(refine((value) => value >= 0));
const factor = literal(["otp", "totp", "mpin", "sms"]);
const errorCode = literal(Object.keys(errorCodes) as [keyof typeof errorCodes]);
const challenge = strictObject({
  kind: literal(["otp", "totp", "mpin", "redirect"]),
  sentTo: optional(string()),
  expiresAt: optional(amount),
  attemptsLeft: optional(amount),
  url: optional(string()),
});
const attempt = {
  owner: string(),
  factor,
  step: string(),
  at: amount,
  fingerprint: optional(string()),
  configured: boolean(),
  source: optional(literal(true)),
  automatic: boolean(),
  enrolment: optional(literal(true)),
  proved: optional(literal(true)),
  behind: optional(literal(true)),
};
// One request carries two factors at most.
const openAttempt = strictObject({ ...attempt, joint: optional(strictObject(attempt)) });
const bodySchema = strictObject({
  version: literal(bodyVersion),
  broker: string(),
  environment: string(),
  identity: string(),
  site: string(),
  deviceId: string(),
  fingerprintKey: string().check(refine((text) => text !== "")),
  generation: count,
  session: optional(
    strictObject({
      tokens: unknown(),
      tokensVersion: count,
      issuedAt: count,
      expiresAt: count,
      deviceId: string(),
      obtainedBy: literal(["login", "renewal"]),
      mintedBy: optional(string()),
      onDoubt: optional(literal(true)),
      doubtedAt: optional(amount),
    }),
  ),
  renewal: optional(strictObject({ token: string(), issuedAt: count, expiresAt: optional(amount) })),
  ledger: strictObject({
    refused: array(string()),
    unknown: count,
    totp: strictObject({ made: array(amount), outside: array(amount), floor: amount, codes: array(string()) }),
    attemptsLeft: optional(amount),
    block: optional(
      strictObject({
        code: errorCode,
        factor,
        at: amount,
        fingerprint: optional(string()),
        source: optional(literal(true)),
        enrolment: optional(literal(true)),
      }),
    ),
    refusals: count,
    proved: optional(string()),
    unheard: optional(array(factor)),
    pause: optional(strictObject({ code: errorCode, since: amount, until: amount, tries: count })),
    granted: optional(literal(true)),
    corrected: optional(literal(true)),
    doubtful: optional(array(string())),
    open: optional(openAttempt),
  }),
  pending: optional(
    strictObject({
      handle: string(),
      challenge,
      login: strictObject({
        version: amount,
        broker: string(),
        environment: string(),
        awaits: literal(["otp", "totp", "mpin", "redirect"]),
        createdAt: count,
        expiresAt: count,
        state: unknown(),
      }),
    }),
  ),
  clock: optional(strictObject({ offsetMs: amount, measuredAt: amount })),
  earlyEndings: array(amount),
  mintedAt: optional(array(amount)),
  extendedAt: optional(amount),
  smsSentAt: optional(array(amount)),
});

/**
 * Reads a stored record back.
 * @throws BrokerAuthError `store_version` for another form, `store_corrupt` for anything that is not this account's record
 */
export function decodeRecord(stored: StoredRecord, address: AccountAddress): AccountRecord {
  const json = parseBody(stored.body);
  const version = (json as { version?: unknown } | undefined)?.version;
  if (typeof version === "number" && version > 0 && version !== bodyVersion) {
    throw new BrokerAuthError(
      "store_version",
      `the stored record has version ${version}, this program knows ${bodyVersion}`,
    );
  }
  const parsed = safeParse(bodySchema, json);
  if (!parsed.success) throw new BrokerAuthError("store_corrupt", "the stored record cannot be read");
  const { version: _, ...body } = parsed.data;
  const same =
    body.broker === address.broker && body.environment === address.environment && body.identity === address.identity;
  if (!same || body.site !== address.site)
    throw new BrokerAuthError("store_corrupt", "the stored record belongs to another account");
  return { revision: stored.revision, ...(body as Omit<AccountRecord, "revision">) };
}

function parseBody(body: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(body));
  } catch {
    return undefined;
  }
}
