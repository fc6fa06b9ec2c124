import { describe, expect, test } from "vitest";
import { type KotakNeoSandbox, startKotakNeoSandbox } from "./sandbox.ts";
import { type Answer, call, freshTotp, hedge, stoppedClock, text } from "./plain-client.ts";

// The document "Login with TOTP", call by call: paths, header names and bodies are its own, only the masked values are filled in.

/** curl --location '<Base URL>/login/1.0/login/v6/totp/login' */
function firstCurl(baseUrl: string, body: object): Promise<Answer> {
  return call(`${baseUrl}/login/1.0/login/v6/totp/login`, {
    method: "POST",
    headers: { Authorization: hedge.accessToken, "neo-fin-key": "neotradeapi", "Content-Type": "application/json" },
    body: JSON.stringify(body, undefined, 4),
  });
}

/** curl --location '<Base URL>/login/1.0/login/v6/totp/validate' */
function secondCurl(baseUrl: string, first: Answer): Promise<Answer> {
  return call(`${baseUrl}/login/1.0/login/v6/totp/validate`, {
    method: "POST",
    headers: {
      Authorization: hedge.accessToken,
      "neo-fin-key": "neotradeapi",
      "Content-Type": "application/json",
      sid: text(first.data["sid"]),
      Auth: text(first.data["token"]),
    },
    body: JSON.stringify({ mpin: hedge.mpin }, undefined, 4),
  });
}

const start = (profile: "observed" | "documented"): Promise<KotakNeoSandbox> =>
  startKotakNeoSandbox({ clock: stoppedClock(), profile });

/** "Common Response Fields", in its order, with the types it gives. */
const FIELDS: Readonly<Record<string, string>> = {
  token: "string",
  sid: "string",
  rid: "string",
  hsServerId: "string",
  isUserPwdExpired: "boolean",
  ucc: "string",
  greetingName: "string",
  isTrialAccount: "boolean",
  dataCenter: "string",
  searchAPIKey: "string",
  derivativesRiskDisclosure: "string",
  mfAccess: "number",
  dataCenterMap: "object",
  dormancyStatus: "string",
};

describe.each(["observed", "documented"] as const)("the curl calls of the original document, %s profile", (profile) => {
  test("log in, with the ucc that its table lists and its example leaves out", async () => {
    await using sandbox = await start(profile);
    const first = await firstCurl(sandbox.loginUrl, {
      mobileNumber: hedge.mobileNumber,
      ucc: hedge.ucc,
      totp: freshTotp(sandbox),
    });
    const second = await secondCurl(sandbox.loginUrl, first);
    for (const [answer, kType] of [
      [first, "View"],
      [second, "Trade"],
    ] as const) {
      expect(answer.status).toBe(200);
      expect(answer.data["kType"]).toBe(kType);
      const types = Object.keys(FIELDS).map((name) => [name, typeof answer.data[name]]);
      expect(Object.fromEntries(types)).toEqual(FIELDS);
    }
    expect(second.data["token"]).not.toBe(first.data["token"]);
  });

  test("fail as the example is printed, without the ucc", async () => {
    await using sandbox = await start(profile);
    const answer = await firstCurl(sandbox.loginUrl, { mobileNumber: hedge.mobileNumber, totp: freshTotp(sandbox) });
    const bare = { status: 401, body: { status: "error", errorCode: "401" } };
    const list = { status: 400, body: { error: [{ code: "400", message: "Missing required field 'Ucc'" }] } };
    expect(answer).toMatchObject(profile === "documented" ? bare : list);
  });
});

test("the documented profile answers no more than the document lists, masks two fields, and names no hosts", async () => {
  await using sandbox = await start("documented");
  const first = await firstCurl(sandbox.loginUrl, {
    mobileNumber: hedge.mobileNumber,
    ucc: hedge.ucc,
    totp: freshTotp(sandbox),
  });
  const second = await secondCurl(sandbox.loginUrl, first);
  expect(Object.keys(second.data).toSorted()).toEqual([...Object.keys(FIELDS), "kType"].toSorted());
  expect(second.data).toMatchObject({ ucc: "X***Z", greetingName: "T*******R" });
});

test("the error example of the original document is the bare style", async () => {
  await using sandbox = await start("documented");
  const answer = await firstCurl(sandbox.loginUrl, {
    mobileNumber: hedge.mobileNumber,
    ucc: hedge.ucc,
    totp: "000000",
  });
  expect(answer.status).toBe(401);
  expect(answer.body).toEqual({ status: "error", errorCode: "401" });
});
