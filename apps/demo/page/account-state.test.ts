import { errorCodes } from "@x/core";
import { describe, expect, it } from "vitest";
import type { AccountView } from "../src/desk/desk-view.ts";
import { adviceOf, stateOf } from "./account-state.ts";

const codes = Object.keys(errorCodes) as (keyof typeof errorCodes)[];

function account(given: Partial<AccountView>): AccountView {
  const facts = { name: "main", broker: "nubra", environment: "sandbox", session: 0, left: false, unattended: true };
  return { ...facts, asks: [], enrollable: true, enrolled: false, renewable: false, state: "login_blocked", ...given };
}

describe("an account that stands badly", () => {
  it.each(codes)("is told of in words and not by a code of programs: %s", (code) => {
    const trouble = { code, message: "What happened.", action: "What to do." };
    const blocked = account({ blockedBy: code, trouble });
    const { word, more } = stateOf(blocked, 0);
    for (const text of [word, more, adviceOf(blocked, 0)]) expect(text).not.toMatch(/_|undefined/);
    expect(more === "" ? word : more).toMatch(/\w/);
  });

  it("shows nothing of a block that was lifted, while nothing was called since", () => {
    const trouble = { code: "login_blocked", message: "Nothing was sent.", action: "Correct the MPIN." } as const;
    expect(adviceOf(account({ blockedBy: "outcome_unknown", trouble }), 0)).toBe("Correct the MPIN.");
    for (const state of ["logged_in", "logged_out", "expired"] as const)
      expect(adviceOf(account({ state, trouble }), 0)).toBeUndefined();
  });

  it("is said to need no code where its session can be renewed", () => {
    const over = account({ state: "expired", unattended: false, asks: ["otp"] });
    expect(stateOf({ ...over, renewable: true }, 0).more).toBe(
      "Press Log in: Nubra renews the session without a code. Where it does not, it asks for one.",
    );
    expect(stateOf({ ...over, renewable: false }, 0).more).toBe("No TOTP secret: a person logs in with a texted code.");
  });
});
