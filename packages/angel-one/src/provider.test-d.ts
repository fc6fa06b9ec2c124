import type { BrokerAuthProvider } from "@x/core/adapter";
import { expectTypeOf, test } from "vitest";
import {
  angelOne,
  type AngelOneAccount,
  type AngelOneCredentials,
  type AngelOneOptions,
  type AngelOneSocketPurpose,
  type AngelOneTokens,
} from "./index.ts";

test("the factory gives a provider of this broker, its account and its tokens", () => {
  expectTypeOf(angelOne()).toEqualTypeOf<
    BrokerAuthProvider<"angel-one", AngelOneAccount, AngelOneCredentials, AngelOneTokens>
  >();
});

test("an account needs app, customer and PIN, and takes no others than its own fields", () => {
  expectTypeOf<{ apiKey: string; clientCode: string; pin: string }>().toExtend<AngelOneAccount>();
  expectTypeOf<{ apiKey: string; clientCode: string }>().not.toExtend<AngelOneAccount>();
  // @ts-expect-error the PIN goes into the field of the password, and is called what it is
  const account: AngelOneAccount = { apiKey: "", clientCode: "", pin: "", password: "" };
  expectTypeOf(account).toEqualTypeOf<AngelOneAccount>();
});

test("options and purposes are closed lists", () => {
  expectTypeOf<keyof AngelOneOptions>().toEqualTypeOf<
    "timeoutMs" | "maxBodyBytes" | "clientLocalIp" | "clientPublicIp" | "macAddress"
  >();
  expectTypeOf<AngelOneSocketPurpose>().toEqualTypeOf<"market" | "orders">();
});
