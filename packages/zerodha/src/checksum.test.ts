import { Secret } from "@x/core/adapter";
import { expect, it } from "vitest";
import { checksum } from "./checksum.ts";
import { zerodha } from "./provider.ts";

it("is the one that the official SDK makes of the same three texts", async () => {
  const credentials = zerodha().parseCredentials({ apiKey: "APIKEY", apiSecret: "SECRET", userId: "AB1234" });
  const sum = await checksum(new Secret("REQTOK"), credentials);
  // npm kiteconnect 5.3.0 sent ea8d6848…f770 to a loopback server.
  expect(sum.reveal()).toMatch(/^ea8d6848[0-9a-f]{52}f770$/);
});
