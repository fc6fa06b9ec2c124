import { BrokerAuthError, type BrokerAuthErrorCode, errorCodes } from "@x/core";
import { expect, it } from "vitest";
import { failureView } from "./desk-form.ts";
import { isForPrograms } from "./person-action.ts";

it.each(Object.keys(errorCodes) as BrokerAuthErrorCode[])(
  "a person at the desk reads what a person can do about %s, and no function",
  (code) => {
    const { action } = failureView(new BrokerAuthError(code, "what happened"));
    expect(action).not.toBe("");
    expect(isForPrograms(action)).toBe(false);
  },
);

it("what an adapter says to whoever writes a program is said to a person in the desk's words", () => {
  const action = "Unblock the account in Angel One's app or by its support, then call unlock().";
  const view = failureView(new BrokerAuthError("account_locked", "what happened", { action }));
  expect(view.action).toBe("Unlock it at the broker, or wait as it says; then press Unlock.");
});

it("what a person can do as the library says it stays as it is", () => {
  const action = "Unlock the account in the Neo app.";
  expect(failureView(new BrokerAuthError("account_locked", "what happened", { action })).action).toBe(action);
});
