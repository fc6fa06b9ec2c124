import { expect, test } from "vitest";
import { kotakNeoScenarios } from "./scenarios.ts";

/** The reference's table, section 12, name by name. */
const TABLE =
  `wrong-totp wrong-pin wrong-ucc wrong-access-token lockout missing-field missing-header view-expired inner-429 session-expired
  midnight session-replaced token-reset ip-not-allowed session-ip no-data leading-zero clock-skew rate-limit upstream server-error html-page
  slow hang reset reset-after-validate redirect bad-base-url no-base-url trailing-slash extra-fields wrong-ktype no-token wrong-type proto-keys
  huge-body gzip-bomb truncated-json forbidden echo-secrets`.split(/\s+/);

test("every scenario of the reference is there", () => {
  expect(Object.keys(kotakNeoScenarios)).toEqual(expect.arrayContaining(TABLE));
});
