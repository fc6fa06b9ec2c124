import { createBrokerAuth, memoryStore, type PlatformOptions } from "@x/core";
import { brokerClient } from "@x/core/ky";
import { jData, type KotakNeoAccount, kotakNeo } from "@x/kotak-neo";
import { nubra, type NubraAccount } from "@x/nubra";

/** A program on web standards alone: logs in to both brokers and asks each one something. */
export async function run(
  main: { broker: "nubra" } & NubraAccount,
  hedge: { broker: "kotak-neo" } & KotakNeoAccount,
  platform: PlatformOptions,
): Promise<unknown> {
  await using auth = createBrokerAuth({
    brokers: [nubra(), kotakNeo()],
    accounts: { main, hedge },
    store: memoryStore(),
    ...platform,
  });
  const outcomes = await auth.loginAll();
  const user = await brokerClient(auth, "main").get("userinfo");
  const limits = await auth.fetch("hedge", "/quick/user/limits", {
    method: "POST",
    body: jData({ seg: "ALL", exch: "ALL", prod: "ALL" }),
  });
  return { outcomes: outcomes.map(({ account, ok }) => [account, ok]), answers: [user.status, limits.status] };
}
