import { createBrokerAuth, memoryStore, type Secret } from "@x/core";
import type { BrokerAuthProvider } from "@x/core/adapter";
import { expectTypeOf, it } from "vitest";
import { nubra, type NubraAccount, type NubraProvider, type NubraTokens } from "./index.ts";

it("is a provider whose account fields and tokens the compiler knows", () => {
  expectTypeOf(nubra()).toEqualTypeOf<NubraProvider>();
  expectTypeOf<NubraProvider>().toExtend<BrokerAuthProvider>();
  expectTypeOf<NubraTokens["sessionToken"]>().toEqualTypeOf<Secret>();
  expectTypeOf<NubraAccount["phone"]>().toEqualTypeOf<string | Secret>();
});

it("makes a wrong field of an account a mistake that the compiler finds", () => {
  const store = memoryStore();
  const auth = createBrokerAuth({
    brokers: [nubra()],
    accounts: { main: { broker: "nubra", phone: "9000000001", mpin: "1357" } },
    store,
  });
  expectTypeOf<Parameters<(typeof auth)["session"]>[0]>().toEqualTypeOf<"main">();
  // @ts-expect-error the phone is missing
  createBrokerAuth({ brokers: [nubra()], accounts: { main: { broker: "nubra", mpin: "1357" } }, store });
  // @ts-expect-error a number loses its zeros
  createBrokerAuth({ brokers: [nubra()], accounts: { main: { broker: "nubra", phone: 9_000_000_001 } }, store });
  // @ts-expect-error no such option
  nubra({ otpStart: "three-call" });
});
