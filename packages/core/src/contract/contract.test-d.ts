import { describe, expectTypeOf, it } from "vitest";
import type { Answer, Challenge } from "./challenge.ts";
import type { BrokerAuthErrorDetails } from "../errors/broker-auth-error.ts";
import { type BrokerAuthError, isBrokerAuthError } from "../errors/broker-auth-error.ts";
import type { BrokerAnswer, BrokerCall } from "../adapter-kit/broker-call.ts";
import type { BrokerAuthErrorCode, RetryAdvice } from "../errors/error-codes.ts";
import type { Json } from "./json.ts";
import type { LoginHandlers } from "../engine/login-handlers.ts";
import type { LoginStep } from "./login-step.ts";
import type { PendingLogin } from "./pending-login.ts";
import { isSecret, Secret, secret } from "./secret.ts";
import type { RecordHeader } from "./token-store.ts";
import type { Verdict } from "./verdict.ts";

const mpin = new Secret("1234");

describe("a secret", () => {
  it("is no text and no JSON, so that it is opened on purpose or not at all", () => {
    expectTypeOf<Secret>().not.toExtend<string>();
    expectTypeOf<string>().not.toExtend<Secret>();
    expectTypeOf<Secret>().not.toExtend<Json>();
    expectTypeOf(mpin.reveal()).toEqualTypeOf<string>();
    expectTypeOf<keyof Secret>().toEqualTypeOf<"reveal" | "toString" | "toJSON">();
  });

  it("is not imitated by an object of the same shape", () => {
    expectTypeOf<{ reveal(): string; toString(): string; toJSON(): string }>().not.toExtend<Secret>();
  });

  it("comes from a text or a secret, and is recognised", () => {
    expectTypeOf(secret).parameter(0).toEqualTypeOf<string | Secret>();
    expectTypeOf(secret("1234")).toEqualTypeOf<Secret>();
    expectTypeOf(isSecret).guards.toEqualTypeOf<Secret>();
  });
});

describe("a broker call", () => {
  it("takes secrets where they are opened, and nowhere else", () => {
    const call = { step: "s", method: "POST", url: "https://api.example" } as const;
    expectTypeOf<{ authorization: Secret; accept: string }>().toExtend<NonNullable<BrokerCall["headers"]>>();
    expectTypeOf<{ pin: Secret; count: number }>().toExtend<NonNullable<BrokerCall["json"]>>();
    expectTypeOf<{ jData: Secret }>().toExtend<NonNullable<BrokerCall["form"]>>();
    // @ts-expect-error below the first level nobody would open it, and `[secret]` would be sent
    ({ ...call, json: { data: { pin: mpin } } }) satisfies BrokerCall;
    // @ts-expect-error an address has no place for a secret
    ({ ...call, url: mpin }) satisfies BrokerCall;
    // @ts-expect-error the methods of the brokers' login protocols
    ({ ...call, method: "PATCH" }) satisfies BrokerCall;
  });

  it("gives an answer whose body has to be looked at", () => {
    expectTypeOf<BrokerAnswer["json"]>().toBeUnknown();
    expectTypeOf<BrokerAnswer["body"]>().toEqualTypeOf<"json" | "empty" | "other">();
  });
});

describe("an error", () => {
  it("has one of a closed list of codes", () => {
    expectTypeOf<BrokerAuthError["retry"]>().toEqualTypeOf<RetryAdvice>();
    expectTypeOf<ConstructorParameters<typeof BrokerAuthError>[0]>().toEqualTypeOf<BrokerAuthErrorCode>();
    expectTypeOf<"wrong_password">().not.toExtend<BrokerAuthErrorCode>();
  });

  it("carries no fact but the listed ones", () => {
    // @ts-expect-error a request must never hang on an error
    ({ request: new Request("https://api.example") }) satisfies BrokerAuthErrorDetails;
    expectTypeOf(isBrokerAuthError).guards.toEqualTypeOf<BrokerAuthError>();
  });
});

describe("what is stored or handed on", () => {
  it("cannot hold a secret where it has to survive JSON", () => {
    expectTypeOf<{ tempToken: Secret }>().not.toExtend<PendingLogin["state"]>();
    expectTypeOf<{ tempToken: string; list: readonly (number | null)[] }>().toExtend<PendingLogin["state"]>();
    expectTypeOf<undefined>().not.toExtend<Json>();
    expectTypeOf<Date>().not.toExtend<Json>();
    expectTypeOf<RecordHeader["state"]>().toEqualTypeOf<"logged_in" | "logged_out" | "pending" | "login_blocked">();
  });
});

describe("the unions of the contract", () => {
  it("are closed", () => {
    expectTypeOf<Challenge["kind"]>().toEqualTypeOf<"otp" | "totp" | "mpin" | "redirect">();
    expectTypeOf<Answer["kind"]>().toEqualTypeOf<Challenge["kind"] | "resend">();
    expectTypeOf<LoginStep<unknown>["kind"]>().toEqualTypeOf<"session" | "challenge">();
    expectTypeOf<Verdict["kind"]>().toEqualTypeOf<"alive" | "dead" | "suspect" | "refused">();
    expectTypeOf<keyof LoginHandlers>().toEqualTypeOf<Challenge["kind"]>();
  });

  it("let only an OTP be sent again", () => {
    expectTypeOf<() => { readonly resend: true }>().toExtend<LoginHandlers["otp"]>();
    expectTypeOf<() => { readonly resend: true }>().not.toExtend<LoginHandlers["mpin"]>();
    expectTypeOf<() => undefined>().not.toExtend<NonNullable<LoginHandlers["otp"]>>();
  });
});
