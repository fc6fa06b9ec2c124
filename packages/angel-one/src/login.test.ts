import { inspect } from "node:util";
import { totpCode } from "@x/core/adapter";
import type { ScriptedAnswer } from "@x/core/testing";
import { describe, expect, it } from "vitest";
import { answer, begin } from "./login.ts";
import { feedToken, granted, invented, jwtToken, midnight, refreshToken, startedAt } from "./testing/answers.ts";
import { account, attended, opened, refusalOf, scripted } from "./testing/scripted-broker.ts";
import { parseCredentials } from "./credentials.ts";
import { parseOptions } from "./options.ts";

const { totp } = parseCredentials(account, parseOptions({}));
const step = Math.floor(startedAt / 30_000);
const code = await totpCode(totp as never, step);

describe("an unattended login", () => {
  it("sends client code, PIN and code in one request, as texts, with the documented headers and no token", async () => {
    const { client, context, sent } = scripted([granted()]);
    const { session, renewal, warnings } = opened(await begin(client));
    expect(sent).toStrictEqual([
      {
        method: "POST",
        url: "https://apiconnect.angelone.in/rest/auth/angelbroking/user/v1/loginByPassword",
        path: "/rest/auth/angelbroking/user/v1/loginByPassword",
        headers: {
          "content-type": "application/json",
          accept: "application/json",
          "x-usertype": "USER",
          "x-sourceid": "WEB",
          "x-clientlocalip": "127.0.0.1",
          "x-clientpublicip": "127.0.0.1",
          "x-macaddress": "00:00:00:00:00:00",
          "x-privatekey": account.apiKey,
        },
        body: JSON.stringify({ clientcode: account.clientCode, password: account.pin, totp: code }),
      },
    ]);
    expect(context.spent).toStrictEqual([
      { factor: "mpin", step: "login" },
      { factor: "totp", step: "login", totpStep: step },
    ]);
    expect(session).toMatchObject({ issuedAt: startedAt, expiresAt: midnight, deviceId: context.deviceId });
    expect(session.tokens.jwtToken.reveal()).toBe(jwtToken);
    expect(session.tokens.feedToken.reveal()).toBe(feedToken);
    expect(renewal?.token.reveal()).toBe(`${jwtToken} ${refreshToken}`);
    expect(warnings).toStrictEqual([]);
    expect(inspect({ session, renewal }, { depth: 9 }) + JSON.stringify({ session, renewal })).not.toContain(jwtToken);
  });

  it("keeps the zero in front of a code that a source gives", async () => {
    const { client, context, sent } = scripted([granted()], {
      account: { ...attended, totpCode: () => Promise.resolve("012345") },
    });
    opened(await begin(client));
    expect(JSON.parse(sent[0]?.body ?? "")).toMatchObject({ totp: "012345" });
    expect(context.spent[1]).toMatchObject({ factor: "totp", from: "source" });
  });

  it("waits until midnight has passed rather than open a session of minutes, and not for a person", async () => {
    for (const isAttended of [false, true]) {
      const { client, context } = scripted([granted({ jwtToken: invented({ exp: midnight / 1000 + 86_400 }) })], {
        context: { attended: isAttended },
      });
      context.clock.set(midnight - 4 * 60_000);
      const { session, warnings } = opened(await begin(client));
      expect(session.issuedAt >= midnight).toBe(!isAttended);
      expect(warnings?.map((warning) => warning.code)).toStrictEqual(isAttended ? ["short_session"] : []);
    }
  });

  it("has a session without a renewal where no refresh token came, and takes the word Bearer off a token", async () => {
    const { client } = scripted([granted({ refreshToken: null, jwtToken: `Bearer ${jwtToken}` })]);
    const { session, renewal } = opened(await begin(client));
    expect(renewal).toBeUndefined();
    expect(session.tokens.jwtToken.reveal()).toBe(jwtToken);
  });

  it.each<[string, ScriptedAnswer]>([
    ["protocol_error", granted({ jwtToken: undefined })],
    ["protocol_error", granted({ jwtToken: 1_234_567 })],
    ["protocol_error", granted({ jwtToken: "a b" })],
    ["protocol_error", granted({ feedToken: undefined })],
    ["protocol_error", granted({ jwtToken: invented({ exp: startedAt / 1000 - 1 }) })],
    ["protocol_error", granted({ jwtToken: invented({ nbf: startedAt / 1000 + 3_600 }) })],
    ["protocol_error", { json: { ...granted().json, errorcode: "AB1004" } }],
    ["protocol_error", { json: { ...granted().json, success: false } }],
    ["protocol_error", { json: { ...granted().json, error: "no" } }],
    ["protocol_error", { text: "<html>Request Rejected</html>", headers: { "content-type": "text/html" } }],
    ["outcome_unknown", { fail: "ECONNRESET" }],
    ["broker_unavailable", { fail: "ECONNREFUSED" }],
  ])("ends with %s for %j, after one request, and shows no secret", async (expected, given) => {
    const { client, sent } = scripted([given]);
    const error = await refusalOf(() => begin(client));
    expect(error.code).toBe(expected);
    const shown = inspect(error, { depth: 9, showHidden: true }) + JSON.stringify(error);
    for (const secret of [...Object.values(account), jwtToken, code]) expect(shown).not.toContain(secret);
    expect(sent).toHaveLength(1);
  });
});

/** A login that waits for its code. */
async function asked(...answers: ScriptedAnswer[]) {
  const bench = scripted(answers, { account: attended, context: { attended: true } });
  const first = await begin(bench.client);
  if (first.kind !== "challenge") throw new Error("nothing was asked");
  return { ...bench, first };
}

describe("a login without a source of codes", () => {
  it("asks for the code with nothing sent, and sends it with the PIN", async () => {
    const { client, context, sent, first } = await asked(granted());
    expect(first.challenge).toStrictEqual({ kind: "totp" });
    expect([context.spent, sent]).toStrictEqual([[], []]);
    opened(await answer(first.pending, { kind: "totp", value: " 012 345 " }, client));
    expect(JSON.parse(sent[0]?.body ?? "")).toStrictEqual({
      clientcode: attended.clientCode,
      password: attended.pin,
      totp: "012345",
    });
    expect(context.spent.map(({ factor, answer: given }) => [factor, given?.reveal()])).toStrictEqual([
      ["mpin", undefined],
      ["totp", "012345"],
    ]);
  });

  it.each([{ kind: "totp", value: "12345" }, { kind: "mpin", value: "0739" }, { kind: "resend" }] as const)(
    "takes %j for a mistake that costs nothing",
    async (given) => {
      const { client, context, sent, first } = await asked();
      const error = await refusalOf(() => answer(first.pending, given, client));
      expect(error.code).toBe("configuration");
      expect([context.spent, sent]).toStrictEqual([[], []]);
    },
  );
});
