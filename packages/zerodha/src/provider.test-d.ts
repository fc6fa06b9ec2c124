import type { BrokerAuthProvider } from "@x/core/adapter";
import { expectTypeOf, test } from "vitest";
import {
  zerodha,
  type ZerodhaAccount,
  type ZerodhaCredentials,
  type ZerodhaOptions,
  type ZerodhaSocketPurpose,
  type ZerodhaTokens,
} from "./index.ts";

test("the factory gives a provider of this broker, its account and its tokens", () => {
  expectTypeOf(zerodha()).toEqualTypeOf<
    BrokerAuthProvider<"zerodha", ZerodhaAccount, ZerodhaCredentials, ZerodhaTokens>
  >();
});

test("an account needs app and customer, and takes no others than its own fields", () => {
  expectTypeOf<{ apiKey: string; apiSecret: string; userId: string }>().toExtend<ZerodhaAccount>();
  expectTypeOf<{ apiKey: string; apiSecret: string }>().not.toExtend<ZerodhaAccount>();
  // @ts-expect-error no login takes a password
  const account: ZerodhaAccount = { apiKey: "", apiSecret: "", userId: "", password: "" };
  expectTypeOf(account).toEqualTypeOf<ZerodhaAccount>();
});

test("options and purposes are closed lists", () => {
  expectTypeOf<keyof ZerodhaOptions>().toEqualTypeOf<"timeoutMs" | "maxBodyBytes">();
  expectTypeOf<ZerodhaSocketPurpose>().toEqualTypeOf<"market" | "orders">();
});
