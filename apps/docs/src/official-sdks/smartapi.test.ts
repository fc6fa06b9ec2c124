import { angelOne } from "@x/angel-one";
import { createBrokerAuth, memoryStore } from "@x/core";
import { fakeClock } from "@x/core/testing";
import { type AngelOneSandbox, createSandboxClock, type JournalEntry, startAngelOneSandbox } from "@x/sandbox";
import { expect, it } from "vitest";
import { readMarkdown } from "../markdown.ts";
import { resolved, runSdk, type SdkRun } from "./sdk-run.ts";
import type { SdkPlan } from "./sdk-calls.ts";
import { differencesOf } from "./sent-fields.ts";

// Ten seconds into a time step, so that no login waits for the next one.
const startAt = Date.parse("2031-03-03T09:30:10+05:30");

async function open(): Promise<AngelOneSandbox> {
  const clock = fakeClock(startAt);
  return startAngelOneSandbox({ clock: createSandboxClock({ now: () => clock.now() }) });
}

const engine = (sandbox: AngelOneSandbox) =>
  createBrokerAuth({
    brokers: [angelOne()],
    accounts: { main: sandbox.accountInput("main") },
    store: memoryStore(),
    clock: { now: () => sandbox.clock.now(), sleep: async (ms) => sandbox.clock.advance(ms) },
  });

function withSdk(sandbox: AngelOneSandbox, calls: SdkPlan["calls"]): Promise<SdkRun> {
  const { apiKey } = sandbox.accountInput("main");
  return runSdk({ library: "smartapi-javascript", options: { api_key: apiKey, root: sandbox.url }, calls });
}

function entry(sandbox: AngelOneSandbox, step: string): JournalEntry {
  const [found] = sandbox.journal.entries({ step, outcome: "accepted" });
  if (found === undefined) throw new Error(`no ${step} arrived`);
  return found;
}

it("a session of the adapter is set into smartapi-javascript 1.0.27, and its reads and an order work", async () => {
  await using sandbox = await open();
  await using auth = engine(sandbox);
  const session = await auth.session("main");
  const { answers, log } = await withSdk(sandbox, [
    ["setAccessToken", session.tokens.jwtToken.reveal()],
    ["getProfile"],
    ["getRMS"],
    ["getHolding"],
    ["getPosition"],
    ["placeOrder", { variety: "NORMAL", tradingsymbol: "INVENTED-EQ", transactiontype: "BUY", quantity: 1 }],
    ["getOrderBook"],
  ]);
  const [, profile, ...others] = answers.map(resolved);
  expect(profile).toMatchObject({ status: true, data: { clientcode: sandbox.accountInput("main").clientCode } });
  for (const other of others) expect(other).toMatchObject({ status: true });
  expect(log).toBe("");
});

it("smartapi-javascript 1.0.27 logs in by itself, reads, renews, is refused a wrong PIN and a dead session, and logs out; a refusal writes its log", async () => {
  await using sandbox = await open();
  const { apiKey, clientCode, pin } = sandbox.accountInput("main");
  const code = sandbox.totpCode("main");
  const first = await withSdk(sandbox, [
    ["generateSession", clientCode, pin, code],
    ["getHolding"],
    ["logout", clientCode],
    ["getProfile"],
  ]);
  const [session, holding, out, over] = first.answers.map(resolved);
  for (const answer of [session, holding, out]) expect(answer).toMatchObject({ status: true });
  expect(over).toMatchObject({ success: false, errorCode: "AG8001" });
  // It asks for the address of this machine, and finds no way out.
  expect(first.refused.length).toBeGreaterThan(0);
  sandbox.clock.advance(30_000);
  const wrong = sandbox.totpCode("main");
  const second = await withSdk(sandbox, [["generateSession", clientCode, "9999", wrong]]);
  expect(resolved(second.answers[0])).toMatchObject({ status: false, errorcode: "AB1007" });
  // In clear: so it runs in a folder that is thrown away.
  for (const secret of [apiKey, "9999", wrong]) expect(second.log).toContain(secret);
});

it("a session of the adapter that the SDK renews is gone for the adapter, as the page about the SDKs warns", async () => {
  await using sandbox = await open();
  await using auth = engine(sandbox);
  const { tokens } = await auth.session("main");
  const found = sandbox.accounts().find(({ name }) => name === "main") as unknown as {
    readonly sessions: readonly { readonly refreshToken: string }[];
  };
  const { answers } = await withSdk(sandbox, [
    ["setAccessToken", tokens.jwtToken.reveal()],
    ["generateToken", found.sessions[0]?.refreshToken],
  ]);
  expect(resolved(answers[1])).toMatchObject({ status: true });
  sandbox.journal.clear();
  await auth.fetch("main", "/rest/secure/angelbroking/portfolio/v1/getHolding");
  expect(sandbox.journal.entries({ step: "renew" })[0]?.outcome).toBe("refused: refresh-invalid");
});

it("what smartapi-javascript 1.0.27 sends is what the adapter sends, but for what the adapter's README explains", async () => {
  await using theirs = await open();
  await using ours = await open();
  const { clientCode, pin } = theirs.accountInput("main");
  const { answers } = await withSdk(theirs, [
    ["generateSession", clientCode, pin, theirs.totpCode("main")],
    ["getProfile"],
  ]);
  const { data } = resolved(answers[0]) as {
    readonly data: { readonly refreshToken: string; readonly jwtToken: string };
  };
  await withSdk(theirs, [
    ["setAccessToken", data.jwtToken],
    ["generateToken", data.refreshToken],
    ["logout", clientCode],
  ]);
  await using auth = engine(ours);
  const session = await auth.session("main");
  await auth.fetch("main", "/rest/secure/angelbroking/user/v1/getProfile");
  ours.setScenario("main", { name: "session-expired", times: 1 });
  await auth.fetch("main", "/rest/secure/angelbroking/portfolio/v1/getHolding");
  expect((await auth.session("main")).generation).not.toBe(session.generation);
  await auth.logout("main");

  const varying = ["body totp", "body refreshToken", "header authorization"];
  const found = Object.fromEntries(
    ["login", "profile", "renew", "logout"].map((step) => [
      step,
      differencesOf(entry(theirs, step), entry(ours, step), varying),
    ]),
  );
  // The machine's own addresses: which of them are there when the constructor reads them depends on the machine.
  const addresses = ["x-clientlocalip", "x-clientpublicip", "x-macaddress"].map((name) => `header ${name}`);
  const rest = Object.entries(found).map(([step, list]) => [
    step,
    list.filter((line) => !addresses.some((name) => line.startsWith(name))),
  ]);
  const agent = "header user-agent: another value";
  expect(Object.fromEntries(rest)).toStrictEqual({
    login: [agent],
    profile: ["body: theirs alone", agent],
    renew: [agent],
    logout: [agent],
  });
  const readme = readMarkdown("packages/angel-one/README.md").text.split("## Beside the official SDK")[1] ?? "";
  for (const word of ["`{}`", "`User-Agent", "`null`", "`Authorization"]) expect(readme).toContain(word);
});
