import type { BrokerAuthProvider } from "@x/core/adapter";
import { expectTypeOf, test } from "vitest";
import {
  jData,
  kotakNeo,
  type KotakNeoAccount,
  type KotakNeoCredentials,
  type KotakNeoOptions,
  type KotakNeoTokens,
} from "./index.ts";

test("the factory gives a provider of this broker, its account and its tokens", () => {
  expectTypeOf(kotakNeo()).toEqualTypeOf<
    BrokerAuthProvider<"kotak-neo", KotakNeoAccount, KotakNeoCredentials, KotakNeoTokens>
  >();
});

test("an account needs the three fields that every login sends, and takes no others than its own", () => {
  expectTypeOf<{ accessToken: string; mobileNumber: string; ucc: string }>().toExtend<KotakNeoAccount>();
  expectTypeOf<{ accessToken: string; mobileNumber: string }>().not.toExtend<KotakNeoAccount>();
  // @ts-expect-error an unknown field
  const account: KotakNeoAccount = { accessToken: "", mobileNumber: "", ucc: "", phone: "" };
  expectTypeOf(account).toEqualTypeOf<KotakNeoAccount>();
  expectTypeOf<"uat">().not.toExtend<KotakNeoAccount["environment"]>();
});

test("options are closed lists", () => {
  expectTypeOf<KotakNeoOptions["api"]>().toEqualTypeOf<"trade-api" | "totp-v6" | undefined>();
  // @ts-expect-error an unknown option
  kotakNeo({ retries: 1 });
});

test("a form body is one that fetch takes", () => {
  expectTypeOf(jData({ seg: "ALL" })).toExtend<RequestInit["body"]>();
});
