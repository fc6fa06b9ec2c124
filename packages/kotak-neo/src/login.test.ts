import { type Answer, BrokerAuthError, type LoginStep, type PendingLogin, Secret, totpCode } from "@x/core/adapter";
import {
  fakeClock,
  type ScriptedAnswer,
  type ScriptedFetch,
  scriptedFetch,
  type TestContextOptions,
} from "@x/core/testing";
import { describe, expect, it } from "vitest";
import type { KotakNeoAccount } from "./credentials.ts";
import type { KotakNeoApi } from "./endpoints.ts";
import { answer, begin } from "./login.ts";
import type { KotakNeoOptions } from "./options.ts";
import {
  invented,
  originalAnswer,
  tradeAnswer,
  tradeSid,
  tradeToken,
  viewAnswer,
  viewSid,
  viewToken,
} from "./testing/answers.ts";
import { account, attended, clientWith, refusalOf, type TestClient } from "./testing/scripted-broker.ts";
import type { KotakNeoTokens } from "./tokens.ts";

const morning = Date.UTC(2031, 2, 3, 3, 30, 10);
const midnight = Date.UTC(2031, 2, 3, 18, 30);

interface Scene {
  readonly input?: KotakNeoAccount;
  readonly options?: KotakNeoOptions;
  readonly context?: TestContextOptions;
  readonly at?: number;
}

function stage(
  answers: readonly ScriptedAnswer[],
  { input, options, context, at = morning }: Scene = {},
): {
  readonly script: ScriptedFetch;
  readonly client: TestClient;
} {
  const script = scriptedFetch(...answers);
  return { script, client: clientWith({ fetch: script.fetch, clock: fakeClock(at), ...context }, input, options) };
}

type Step = LoginStep<KotakNeoTokens>;

function sessionOf(step: Step): Extract<Step, { kind: "session" }> {
  if (step.kind !== "session") throw new Error(`the login stopped at ${step.challenge.kind}`);
  return step;
}

function pendingOf(step: Step): PendingLogin {
  if (step.kind !== "challenge") throw new Error("the login went on to a session");
  return step.pending;
}

const codeNow = (client: TestClient): Promise<string> =>
  totpCode(new Secret(account.totpSecret), Math.floor(client.context.clock.now() / 30_000));

const paths: Readonly<Record<KotakNeoApi, readonly [string, string]>> = {
  "trade-api": ["/login/1.0/tradeApiLogin", "/login/1.0/tradeApiValidate"],
  "totp-v6": ["/login/1.0/login/v6/totp/login", "/login/1.0/login/v6/totp/validate"],
};
const steps: Readonly<Record<KotakNeoApi, readonly [string, string]>> = {
  "trade-api": ["tradeApiLogin", "tradeApiValidate"],
  "totp-v6": ["totp/login", "totp/validate"],
};

describe.each(["trade-api", "totp-v6"] as const)("a login by the paths of %s", (api) => {
  const options = { api };

  it("sends exactly the two documented calls, and keeps only what the second one gives", async () => {
    const { script, client } = stage([viewAnswer(), tradeAnswer()], { options });
    const totp = await codeNow(client);
    const { session, warnings, renewal } = sessionOf(await begin(client));

    const [call1, call2] = script.sent;
    expect(script.sent).toHaveLength(2);
    expect(call1).toStrictEqual({
      method: "POST",
      url: `https://mis.kotaksecurities.com${paths[api][0]}`,
      path: paths[api][0],
      headers: {
        authorization: account.accessToken,
        "neo-fin-key": "neotradeapi",
        "content-type": "application/json",
      },
      body: `{"mobileNumber":"+919000000007","ucc":"XY42Z","totp":"${totp}"}`,
    });
    expect(call2).toStrictEqual({
      method: "POST",
      url: `https://mis.kotaksecurities.com${paths[api][1]}`,
      path: paths[api][1],
      headers: {
        authorization: account.accessToken,
        "neo-fin-key": "neotradeapi",
        "content-type": "application/json",
        sid: viewSid,
        auth: viewToken,
      },
      body: '{"mpin":"482913"}',
    });
    const { tokens, deviceId, ...times } = session;
    expect(tokens.token.reveal()).toBe(tradeToken);
    expect(tokens.sid.reveal()).toBe(tradeSid);
    expect(tokens.ucc.reveal()).toBe("XY42Z");
    expect(tokens).toMatchObject({ baseUrl: "https://e21.kotaksecurities.com", dataCenter: "E21" });
    expect(deviceId.reveal()).toBe("device-0001");
    expect(times).toStrictEqual({ issuedAt: morning, expiresAt: midnight });
    expect(warnings).toStrictEqual([]);
    expect(renewal).toBeUndefined();
  });

  it("writes each factor down before it leaves", async () => {
    const log: string[] = [];
    const { script } = stage([viewAnswer(), tradeAnswer()]);
    const client = clientWith(
      {
        clock: fakeClock(morning),
        fetch: async (...request) => {
          log.push("sent");
          return script.fetch(...request);
        },
        recordAttempt: ({ factor, step }) => void log.push(`${factor} ${step}`),
      },
      account,
      options,
    );
    await begin(client);
    expect(log).toStrictEqual([`totp ${steps[api][0]}`, "sent", `mpin ${steps[api][1]}`, "sent"]);
    const totpStep = Math.floor(morning / 30_000);
    expect(client.context.spent).toEqual([
      { factor: "totp", step: steps[api][0], totpStep },
      { factor: "mpin", step: steps[api][1] },
    ]);
  });

  it("takes the answers as the original document shows them", async () => {
    const answers = [originalAnswer(viewToken, viewSid), originalAnswer(tradeToken, tradeSid)];
    const { client } = stage(answers, { options });
    const { session, warnings } = sessionOf(await begin(client));
    expect(session.tokens).toMatchObject({ baseUrl: "https://mis.kotaksecurities.com", feedUrl: undefined });
    // The document masks the client code; the one that was sent is kept.
    expect(session.tokens.ucc.reveal()).toBe("XY42Z");
    expect(warnings?.map(({ code }) => code)).toStrictEqual(["no_base_url"]);
  });

  it("names its own steps in errors", async () => {
    const { client } = stage([{ status: 403, json: { message: "Forbidden" } }], { options });
    expect(await refusalOf(() => begin(client))).toMatchObject({
      code: "permission_denied",
      step: steps[api][0],
      status: 403,
    });
  });
});

describe("an unattended login", () => {
  it("keeps the leading zero of a code", async () => {
    const at = await leadingZeroAfter(morning);
    const { script, client } = stage([viewAnswer(), tradeAnswer()], { at });
    await begin(client);
    expect(JSON.parse(script.sent[0]?.body ?? "")).toMatchObject({ totp: expect.stringMatching(/^0\d{5}$/) as string });
  });

  it("keeps the leading zero of an MPIN", async () => {
    const { script, client } = stage([viewAnswer(), tradeAnswer()], { input: { ...account, mpin: "0042" } });
    await begin(client);
    expect(script.sent[1]?.body).toBe('{"mpin":"0042"}');
  });

  it("asks a code source and takes what it gives for a typed code", async () => {
    const { mpin } = account;
    const { script, client } = stage([viewAnswer(), tradeAnswer()], {
      input: { ...attended, mpin, totpCode: () => "012345" },
    });
    await begin(client);
    expect(script.sent[0]?.body).toContain('"totp":"012345"');
    expect(client.context.spent[0]?.answer?.reveal()).toBe("012345");
  });

  it("uses the partner's key and the custom login host that were configured", async () => {
    const { script, client } = stage([viewAnswer(), tradeAnswer()], {
      input: { ...account, loginBaseUrl: "https://login.example.com" },
      options: { neoFinKey: "partner-key" },
    });
    await begin(client);
    expect(script.sent.map(({ url }) => new URL(url).origin)).toStrictEqual([
      "https://login.example.com",
      "https://login.example.com",
    ]);
    expect(script.sent.map(({ headers }) => headers["neo-fin-key"])).toStrictEqual(["partner-key", "partner-key"]);
  });

  it("does not go on to call 2 when call 1 failed", async () => {
    const { script, client } = stage([{ status: 401, json: { error: [{ code: "401", message: "Invalid TOTP" }] } }]);
    expect(await refusalOf(() => begin(client))).toMatchObject({ code: "totp_rejected" });
    expect(script.sent).toHaveLength(1);
    expect(client.context.spent.map(({ factor }) => factor)).toStrictEqual(["totp"]);
  });

  it("does not repeat a refused MPIN and keeps nothing of the view pair", async () => {
    const refused = { json: { stCode: 401, errMsg: "Invalid MPIN", status: "failure" } };
    const { script, client } = stage([viewAnswer(), refused]);
    expect(await refusalOf(() => begin(client))).toMatchObject({ code: "pin_rejected" });
    expect(script.sent).toHaveLength(2);
  });

  it.each([
    ["the end of the phone number", "000007"],
    ["a part of the access token", "4000"],
    ["the digits of the PAN in the view token", "1234"],
    ["the MPIN", "482913"],
  ])("shows no code that repeats what the account or the call holds: %s", async (_, stCode) => {
    const { client } = stage([viewAnswer(), { json: { stCode, errMsg: "Invalid MPIN", status: "failure" } }]);
    const error = await refusalOf(() => begin(client));
    expect(error).toMatchObject({ code: "pin_rejected", brokerCode: undefined });
  });

  it.each([
    ["call 1", [{ fail: "ECONNRESET" }]],
    ["call 2", [viewAnswer(), { fail: "ECONNRESET" }]],
  ])("counts silence after %s as an attempt with unknown outcome, and tries nothing again", async (_, answers) => {
    const { script, client } = stage(answers);
    expect(await refusalOf(() => begin(client))).toMatchObject({ code: "outcome_unknown" });
    expect(script.sent).toHaveLength(answers.length);
  });

  it("knows a call that never left", async () => {
    const { client } = stage([{ fail: "ECONNREFUSED" }]);
    expect(await refusalOf(() => begin(client))).toMatchObject({ code: "broker_unavailable", step: "tradeApiLogin" });
  });

  it("sends nothing when the attempt may not be written down", async () => {
    const { script, client } = stage([], { context: { recordAttempt: blocked } });
    await refusalOf(() => begin(client));
    expect(script.sent).toHaveLength(0);
  });

  it("follows no redirect", async () => {
    const { script, client } = stage([{ status: 307, headers: { location: "https://elsewhere.example.com/" } }]);
    expect(await refusalOf(() => begin(client))).toMatchObject({ code: "protocol_error", status: 307 });
    expect(script.sent).toHaveLength(1);
  });

  it("reads no answer beyond the cap", async () => {
    const { client } = stage([viewAnswer({ derivativesRiskDisclosure: "x".repeat(300_000) })]);
    expect(await refusalOf(() => begin(client))).toMatchObject({ code: "protocol_error" });
    const roomy = stage([viewAnswer({ derivativesRiskDisclosure: "x".repeat(300_000) }), tradeAnswer()], {
      options: { maxBodyBytes: 400_000 },
    });
    expect(sessionOf(await begin(roomy.client)).kind).toBe("session");
  });
});

const trade = tradeAnswer().json as Readonly<Record<string, unknown>>;

describe("what counts as a success", () => {
  it("is not the HTTP status: a token beside a failure mark is none", async () => {
    const marked = { json: { stat: "Not_Ok", stCode: 401, data: { token: viewToken, sid: viewSid } } };
    const { script, client } = stage([marked]);
    expect(await refusalOf(() => begin(client))).toMatchObject({ code: "protocol_error" });
    expect(script.sent).toHaveLength(1);
  });

  it("is not a token under another status than 2xx", async () => {
    const { client } = stage([{ ...viewAnswer(), status: 401 }]);
    expect(await refusalOf(() => begin(client))).toMatchObject({ code: "invalid_credentials" });
  });

  it("may leave kType out of both answers", async () => {
    const { client } = stage([viewAnswer({ kType: undefined }), tradeAnswer({ kType: null })]);
    expect(sessionOf(await begin(client)).session.tokens.token.reveal()).toBe(tradeToken);
  });

  it.each([
    ["a trade token in call 1", [viewAnswer({ kType: "Trade" })]],
    ["a view token in call 2", [viewAnswer(), tradeAnswer({ kType: "View" })]],
    ["an unknown kind in call 2", [viewAnswer(), tradeAnswer({ kType: "Demo" })]],
    ["the token of call 1 again in call 2", [viewAnswer(), tradeAnswer({ token: viewToken, kType: undefined })]],
    ["a trade token in call 1, by its own claim", [viewAnswer({ token: tradeToken, kType: undefined })]],
    [
      "a view token in call 2, by its own claim",
      [viewAnswer(), tradeAnswer({ token: invented("View", { jti: "2" }) })],
    ],
    ["a token in call 1 that has ended already", [viewAnswer({ token: invented("View", { exp: morning / 1000 }) })]],
    ["a token in call 2 that has ended", [viewAnswer(), tradeAnswer({ token: invented("Trade", { exp: 1 }) })]],
    [
      "a token in call 2 that ended before time",
      [viewAnswer(), tradeAnswer({ token: invented("Trade", { exp: -1 }) })],
    ],
    ["another client's code in call 1", [viewAnswer({ ucc: "ZZ99Z" })]],
    ["another client's code in call 2", [viewAnswer(), tradeAnswer({ ucc: "zz99z" })]],
    ["another client's code in a token", [viewAnswer(), tradeAnswer({ token: invented("Trade", { ucc: "ZZ99Z" }) })]],
    ["the sid of call 1 again in call 2", [viewAnswer(), tradeAnswer({ sid: viewSid })]],
    ["another phone in call 2", [viewAnswer(), tradeAnswer({ mobileNumber: "9000000077" })]],
    ["a refusal in words beside a token", [viewAnswer(), tradeAnswer({ message: "Invalid MPIN" })]],
    ["ok: false beside a token", [viewAnswer(), { json: { ok: false, ...trade } }]],
    [
      "a token in call 2 that opens nothing yet",
      [viewAnswer(), tradeAnswer({ token: invented("Trade", { nbf: morning / 1000 + 7_200 }) })],
    ],
    ["success: false beside a token", [viewAnswer(), { json: { success: false, ...trade } }]],
    ["success: false around a token", [viewAnswer(), tradeAnswer({ success: "false" })]],
    ["an error beside a token", [viewAnswer(), { json: { error: [{ code: "400", message: "Not now" }], ...trade } }]],
    ["a gateway's failure beside a token", [viewAnswer(), { json: { code: "900902", message: "Not now", ...trade } }]],
    ["no token in call 1", [viewAnswer({ token: undefined })]],
    ["no sid in call 2", [viewAnswer(), tradeAnswer({ sid: undefined })]],
    ["a number as token in call 1", [viewAnswer({ token: 1_234_567 })]],
    ["a number as sid in call 2", [viewAnswer(), tradeAnswer({ sid: 1_234_567 })]],
    ["an empty object", [{ json: {} }]],
    ["a page", [{ text: "<html></html>" }]],
    ["truncated JSON", [{ text: '{"data":{"token":"ey', headers: { "content-type": "application/json" } }]],
    ["a foreign trading host", [viewAnswer(), tradeAnswer({ baseUrl: "https://trading.example.net" })]],
  ] satisfies [string, ScriptedAnswer[]][])("is not %s", async (_, answers) => {
    const { script, client } = stage(answers);
    expect(await refusalOf(() => begin(client))).toMatchObject({ code: "protocol_error" });
    expect(script.sent).toHaveLength(answers.length);
  });
});

describe("warnings of a login", () => {
  it.each([
    ["password_expired", { isUserPwdExpired: true }],
    ["dormant", { dormancyStatus: "D" }],
    ["trial_account", { isTrialAccount: true }],
  ])("tell once of %s, whichever call shows it", async (code, change) => {
    for (const answers of [
      [viewAnswer(change), tradeAnswer()],
      [viewAnswer(), tradeAnswer(change)],
      [viewAnswer(change), tradeAnswer(change)],
    ]) {
      const { warnings } = sessionOf(await begin(stage(answers).client));
      expect(warnings?.map((warning) => warning.code)).toStrictEqual([code]);
    }
  });
});

it("puts a token that has ended down to the clocks where they differ", async () => {
  const date = new Date(morning - 3_600_000).toUTCString();
  const late = { ...viewAnswer({ token: invented("View", { exp: morning / 1000 - 60 }) }), headers: { date } };
  const error = await refusalOf(() => begin(stage([late]).client));
  expect(error).toMatchObject({
    code: "protocol_error",
    message: expect.stringContaining("it brings a token that has ended already; the clocks here and there") as string,
    action: "Synchronise the computer's clock, then log in again.",
  });
});

describe("a client code in an answer", () => {
  it.each(["XY42Z", " xy42z ", "X***Z", "XY***", "XXXXX", "*****", "XY", "", "12345678", "XY-42-Z", null, 42])(
    "says nothing against the grant when it is %j: the same, masked, cut short or of another form",
    async (ucc) => {
      const { client } = stage([viewAnswer({ ucc }), tradeAnswer({ ucc })]);
      expect(sessionOf(await begin(client)).session.tokens.ucc.reveal()).toBe("XY42Z");
    },
  );
});

describe("a login near midnight", () => {
  it.each([
    ["five minutes", midnight - 300_000],
    ["a second", midnight - 1000],
  ])("waits for the next day when it is unattended and %s are left", async (_, at) => {
    const exp = midnight / 1000 + 86_400;
    const answers = [
      viewAnswer({ token: invented("View", { exp }) }),
      tradeAnswer({ token: invented("Trade", { exp }) }),
    ];
    const { script, client } = stage(answers, { at });
    const { session, warnings } = sessionOf(await begin(client));
    expect(client.context.clock.sleeps[0]).toBe(midnight - at + 2000);
    expect(session.issuedAt).toBeGreaterThan(midnight);
    expect(session.expiresAt).toBe(midnight + 86_400_000);
    expect(warnings).toStrictEqual([]);
    expect(script.sent).toHaveLength(2);
  });

  it("that a person asked for does not wait, and warns of its short session", async () => {
    const { client } = stage([viewAnswer(), tradeAnswer()], { at: midnight - 100_000, context: { attended: true } });
    const { warnings } = sessionOf(await begin(client));
    expect(client.context.clock.sleeps).toStrictEqual([]);
    expect(warnings?.map(({ code }) => code)).toContain("short_session");
  });

  it("goes on at once when more than five minutes are left", async () => {
    const { client } = stage([viewAnswer(), tradeAnswer()], { at: midnight - 330_000 + 1000 });
    await begin(client);
    expect(client.context.clock.sleeps).toStrictEqual([]);
  });

  it("is not held back when a person types the code, but warns", async () => {
    const at = midnight - 100_000;
    const { client } = stage([viewAnswer(), tradeAnswer()], { at, input: { ...attended, mpin: account.mpin } });
    const step = await answer(pendingOf(await begin(client)), { kind: "totp", value: "012345" }, client);
    expect(sessionOf(step).warnings?.map(({ code }) => code)).toStrictEqual(["short_session"]);
    expect(client.context.clock.sleeps).toStrictEqual([]);
  });

  it("is not held back when a person types the MPIN", async () => {
    const { totpSecret } = account;
    const at = midnight - 115_000;
    const { client } = stage([viewAnswer(), tradeAnswer()], { at, input: { ...attended, totpSecret } });
    const step = await answer(pendingOf(await begin(client)), { kind: "mpin", value: account.mpin }, client);
    expect(sessionOf(step).warnings?.map(({ code }) => code)).toStrictEqual(["short_session"]);
    expect(client.context.clock.sleeps).toStrictEqual([]);
  });

  it("ends its wait with the caller's signal", async () => {
    const { script, client } = stage([], { at: midnight - 60_000, context: { signal: AbortSignal.abort() } });
    expect(await refusalOf(() => begin(client))).toMatchObject({ code: "aborted" });
    expect(script.sent).toHaveLength(0);
  });
});

describe("an attended login", () => {
  it("asks for the TOTP code with nothing sent, then for the MPIN, then has a session", async () => {
    const { script, client } = stage([viewAnswer(), tradeAnswer()], { input: attended });

    const first = await begin(client);
    expect(first).toMatchObject({ kind: "challenge", challenge: { kind: "totp" }, pending: { awaits: "totp" } });
    expect(script.sent).toHaveLength(0);
    expect(client.context.spent).toHaveLength(0);

    const second = await answer(through(pendingOf(first)), { kind: "totp", value: "012 345" }, client);
    expect(second).toMatchObject({ kind: "challenge", challenge: { kind: "mpin" }, pending: { awaits: "mpin" } });
    expect(script.sent.map(({ body }) => body)).toStrictEqual([
      '{"mobileNumber":"+919000000007","ucc":"XY42Z","totp":"012345"}',
    ]);

    const third = await answer(through(pendingOf(second)), { kind: "mpin", value: "482913" }, client);
    expect(sessionOf(third).session.tokens.token.reveal()).toBe(tradeToken);
    expect(script.sent[1]?.headers).toMatchObject({ sid: viewSid, auth: viewToken });
    expect(script.sent).toHaveLength(2);
  });

  it("spends what was typed, in the form that a configured MPIN has", async () => {
    const { client } = stage([viewAnswer(), tradeAnswer()], { input: attended });
    const first = pendingOf(await begin(client));
    const second = pendingOf(await answer(first, { kind: "totp", value: "012345" }, client));
    await answer(second, { kind: "mpin", value: "482913" }, client);
    const spent = client.context.spent.map(({ answer: typed, ...rest }) => ({ ...rest, typed: typed?.reveal() }));
    expect(spent).toStrictEqual([
      { factor: "totp", step: "tradeApiLogin", typed: "012345", totpStep: Math.floor(morning / 30_000) },
      { factor: "mpin", step: "tradeApiValidate", typed: '["XY42Z","482913"]' },
    ]);
  });

  it("goes straight on when only the code has to be typed", async () => {
    const { script, client } = stage([viewAnswer(), tradeAnswer()], { input: { ...attended, mpin: account.mpin } });
    const step = await answer(pendingOf(await begin(client)), { kind: "totp", value: "012345" }, client);
    expect(sessionOf(step).kind).toBe("session");
    expect(client.context.spent[1]).toEqual({ factor: "mpin", step: "tradeApiValidate" });
    expect(script.sent).toHaveLength(2);
  });

  it("keeps the warnings of call 1 until the session is there", async () => {
    const { client } = stage([viewAnswer({ isUserPwdExpired: true }), tradeAnswer({ isUserPwdExpired: undefined })], {
      input: attended,
    });
    const first = pendingOf(await begin(client));
    const second = pendingOf(await answer(first, { kind: "totp", value: "012345" }, client));
    const third = sessionOf(await answer(through(second), { kind: "mpin", value: "482913" }, client));
    expect(third.warnings?.map(({ code }) => code)).toStrictEqual(["password_expired"]);
  });

  it("holds the view pair in the pending login only, and no factor there", async () => {
    const { client } = stage([viewAnswer(), tradeAnswer()], { input: attended });
    const first = pendingOf(await begin(client));
    const second = pendingOf(await answer(first, { kind: "totp", value: "012345" }, client));
    expect(second.state).toStrictEqual({ identity: "XY42Z", token: viewToken, sid: viewSid, warnings: [] });
    expect(JSON.stringify(second)).not.toContain("012345");
    const third = sessionOf(await answer(second, { kind: "mpin", value: "482913" }, client));
    const kept = Object.values(third.session.tokens).map((value) => (value instanceof Secret ? value.reveal() : value));
    expect(kept).not.toContain(viewToken);
    expect(kept).not.toContain(viewSid);
  });

  it("ends with a refused answer: nothing is left to be answered again", async () => {
    const refusedCode = { status: 401, json: { error: [{ code: "401", message: "Invalid TOTP" }] } };
    const atCall1 = stage([refusedCode], { input: attended });
    const first = pendingOf(await begin(atCall1.client));
    expect(await refusalOf(() => answer(first, { kind: "totp", value: "012345" }, atCall1.client))).toMatchObject({
      code: "totp_rejected",
    });

    const refusedPin = { json: { stCode: 401, errMsg: "Invalid MPIN", status: "failure" } };
    const atCall2 = stage([viewAnswer(), refusedPin], { input: attended });
    const second = pendingOf(
      await answer(pendingOf(await begin(atCall2.client)), { kind: "totp", value: "012345" }, atCall2.client),
    );
    expect(await refusalOf(() => answer(second, { kind: "mpin", value: "111111" }, atCall2.client))).toMatchObject({
      code: "pin_rejected",
    });
  });

  it.each<[string, "totp" | "mpin", Answer, string]>([
    ["five digits", "totp", { kind: "totp", value: "12345" }, "totp"],
    ["letters", "totp", { kind: "totp", value: "12345a" }, "totp"],
    ["an MPIN where a code is due", "totp", { kind: "mpin", value: "482913" }, "answer"],
    ["a code where the MPIN is due", "mpin", { kind: "totp", value: "012345" }, "answer"],
    ["an SMS code", "totp", { kind: "otp", value: "012345" }, "answer"],
    ["the wish for a new code", "totp", { kind: "resend" }, "answer"],
    ["the wish for a new code at the MPIN", "mpin", { kind: "resend" }, "answer"],
    ["an MPIN of three digits", "mpin", { kind: "mpin", value: "123" }, "mpin"],
    ["an MPIN with letters", "mpin", { kind: "mpin", value: "48291x" }, "mpin"],
  ])("refuses %s before anything is spent, and stays open", async (_, awaits, given, field) => {
    const { script, client, pending } = await waitingFor(awaits);
    const [sent, spent] = [script.sent.length, client.context.spent.length];
    expect(await refusalOf(() => answer(pending, given, client))).toMatchObject({ code: "configuration", field });
    expect(script.sent).toHaveLength(sent);
    expect(client.context.spent).toHaveLength(spent);
    const right: Answer = awaits === "totp" ? { kind: "totp", value: "012345" } : { kind: "mpin", value: "482913" };
    expect(await answer(pending, right, client)).toBeDefined();
  });
});

async function waitingFor(
  awaits: "totp" | "mpin",
): Promise<ReturnType<typeof stage> & { readonly pending: PendingLogin }> {
  const scene = stage([viewAnswer(), tradeAnswer()], { input: attended });
  const first = pendingOf(await begin(scene.client));
  if (awaits === "totp") return { ...scene, pending: first };
  return { ...scene, pending: pendingOf(await answer(first, { kind: "totp", value: "012345" }, scene.client)) };
}

function blocked(): never {
  throw new BrokerAuthError("login_blocked", "nothing was sent");
}

// As a store or a form gives it back.
function through(pending: PendingLogin): PendingLogin {
  return JSON.parse(JSON.stringify(pending)) as PendingLogin;
}

async function leadingZeroAfter(at: number): Promise<number> {
  const secret = new Secret(account.totpSecret);
  let step = Math.floor(at / 30_000);
  while (!(await totpCode(secret, step)).startsWith("0")) step += 1;
  return step * 30_000 + 10_000;
}
