import { describe, expect, test } from "vitest";
import { TOTP_STEP_MS, createTotpVerifier, totpCode } from "./totp-verifier.ts";

// The reference secret and codes of RFC 6238, appendix B (SHA-1), cut to six digits.
const RFC_SECRET = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ";
const AT = 1_900_000_005_000;

function codeAt(stepsAway: number): string {
  return totpCode(RFC_SECRET, AT + stepsAway * TOTP_STEP_MS);
}

test.each([
  [59_000, "287082"],
  [1_111_111_109_000, "081804"],
  [20_000_000_000_000, "353130"],
])("shows the code of RFC 6238 at %d milliseconds", (at, code) => {
  expect(totpCode(RFC_SECRET, at)).toBe(code);
});

test.each([-1, 0, 1])("accepts the code of a step %d away", (away) => {
  expect(createTotpVerifier().verify("main", RFC_SECRET, codeAt(away), AT)).toBe("accepted");
});

test.each([-2, 2])("refuses the code of a step %d away", (away) => {
  expect(createTotpVerifier().verify("main", RFC_SECRET, codeAt(away), AT)).toBe("wrong");
});

describe("a time step is spent", () => {
  test("by acceptance", () => {
    const verifier = createTotpVerifier();
    verifier.verify("main", RFC_SECRET, codeAt(0), AT);
    expect(verifier.verify("main", RFC_SECRET, codeAt(0), AT)).toBe("used");
    expect(verifier.verify("main", RFC_SECRET, codeAt(0), AT + TOTP_STEP_MS)).toBe("used");
  });

  test("by refusal: the right code of the same thirty seconds no longer helps", () => {
    const verifier = createTotpVerifier();
    const wrong = codeAt(0) === "000000" ? "000001" : "000000";
    expect(verifier.verify("main", RFC_SECRET, wrong, AT)).toBe("wrong");
    expect(verifier.verify("main", RFC_SECRET, codeAt(0), AT)).toBe("used");
    expect(verifier.verify("main", RFC_SECRET, codeAt(1), AT + TOTP_STEP_MS)).toBe("accepted");
  });

  test("per account", () => {
    const verifier = createTotpVerifier();
    verifier.verify("main", RFC_SECRET, codeAt(0), AT);
    expect(verifier.verify("other", RFC_SECRET, codeAt(0), AT)).toBe("accepted");
  });

  test("also in the next run", () => {
    const verifier = createTotpVerifier();
    verifier.verify("main", RFC_SECRET, codeAt(0), AT);
    const next = createTotpVerifier();
    next.restore(structuredClone(verifier.snapshot()));
    expect(next.verify("main", RFC_SECRET, codeAt(0), AT)).toBe("used");
  });
});
