import { createBrokerAuth, memoryStore } from "@x/core";
import { type JournalEntry, startZerodhaSandbox, type ZerodhaSandbox } from "@x/sandbox";
import { zerodha } from "@x/zerodha";
import { expect, it } from "vitest";
import { readMarkdown } from "../markdown.ts";
import { resolved, runSdk, type SdkRun } from "./sdk-run.ts";
import type { SdkPlan } from "./sdk-calls.ts";
import { differencesOf } from "./sent-fields.ts";

const engine = (sandbox: ZerodhaSandbox) =>
  createBrokerAuth({
    brokers: [zerodha()],
    accounts: { main: sandbox.accountInput("main") },
    store: memoryStore(),
  });

function withSdk(sandbox: ZerodhaSandbox, calls: SdkPlan["calls"], options: object = {}): Promise<SdkRun> {
  const { apiKey } = sandbox.accountInput("main");
  return runSdk({ library: "kiteconnect", options: { api_key: apiKey, root: sandbox.url, ...options }, calls });
}

/** What a person brings back from the page that the SDK names. */
function requestTokenOf(sandbox: ZerodhaSandbox): string {
  const { apiKey } = sandbox.accountInput("main");
  const back = sandbox.logInAtPage(`${sandbox.url}/connect/login?api_key=${apiKey}&v=3`, "main");
  return new URL(back).searchParams.get("request_token") ?? "";
}

function entry(sandbox: ZerodhaSandbox, step: string): JournalEntry {
  const [found] = sandbox.journal.entries({ step, outcome: "accepted" });
  if (found === undefined) throw new Error(`no ${step} arrived`);
  return found;
}

it("a session of the adapter is set into kiteconnect 5.3.0, and its reads and an order work", async () => {
  await using sandbox = await startZerodhaSandbox({ lint: true });
  await using auth = engine(sandbox);
  const session = await auth.login("main", { redirect: ({ url }) => sandbox.logInAtPage(url, "main") });
  const order = { exchange: "NSE", tradingsymbol: "INVENTED", transaction_type: "BUY", quantity: 1, product: "CNC" };
  const { answers } = await withSdk(sandbox, [
    ["setAccessToken", session.tokens.accessToken.reveal()],
    ["getProfile"],
    ["getMargins"],
    ["getHoldings"],
    ["getPositions"],
    ["placeOrder", "regular", { ...order, order_type: "MARKET" }],
    ["getOrders"],
  ]);
  const [, profile, ...others] = answers.map(resolved);
  expect(profile).toMatchObject({ user_id: sandbox.accountInput("main").userId });
  expect(others).not.toContain(null);
  const arrived = sandbox.journal.entries().filter(({ step }) => step !== "login-page");
  expect(arrived.map(({ outcome }) => outcome)).toStrictEqual(Array.from({ length: 7 }, () => "accepted"));
});

it("kiteconnect 5.3.0 logs in by itself, reads, is refused a spent request token and a dead session, and logs out", async () => {
  await using sandbox = await startZerodhaSandbox({ lint: true });
  const { apiSecret } = sandbox.accountInput("main");
  const requestToken = requestTokenOf(sandbox);
  const { answers } = await withSdk(sandbox, [
    ["generateSession", requestToken, apiSecret],
    ["getHoldings"],
    ["generateSession", requestToken, apiSecret],
    ["invalidateAccessToken"],
    ["getProfile"],
  ]);
  const [session, holdings, spent, out, over] = answers;
  expect(resolved(session)).toMatchObject({ user_id: sandbox.accountInput("main").userId });
  expect([resolved(holdings), resolved(out)]).not.toContain(null);
  for (const refused of [spent, over])
    expect(refused).toMatchObject({ rejected: { error_type: "TokenException", status: "error" } });
});

it("what kiteconnect 5.3.0 sends is what the adapter sends, but for what the adapter's README explains", async () => {
  await using theirs = await startZerodhaSandbox();
  await using ours = await startZerodhaSandbox();
  const { apiSecret } = theirs.accountInput("main");
  await withSdk(theirs, [
    ["generateSession", requestTokenOf(theirs), apiSecret],
    ["getProfile"],
    ["invalidateAccessToken"],
  ]);
  await using auth = engine(ours);
  await auth.login("main", { redirect: ({ url }) => ours.logInAtPage(url, "main") });
  await auth.fetch("main", "/user/profile");
  await auth.logout("main");
  const varying = ["body request_token", "body checksum", "header authorization", "query access_token"];
  const found = Object.fromEntries(
    ["session-token", "profile", "logout"].map((step) => [
      step,
      differencesOf(entry(theirs, step), entry(ours, step), varying),
    ]),
  );
  const common = ["header accept: another value", "header user-agent: another value"];
  expect(found).toStrictEqual({
    "session-token": [
      "header accept: another value",
      "header content-type: another value",
      "header user-agent: another value",
    ],
    profile: [...common, "header content-type: theirs alone"].toSorted(),
    logout: [...common, "header content-type: theirs alone"].toSorted(),
  });
  const readme = readMarkdown("packages/zerodha/README.md").text.split("## Beside the official SDK")[1] ?? "";
  for (const word of ["`Content-Type", "`User-Agent", "`Accept"]) expect(readme).toContain(word);
});
