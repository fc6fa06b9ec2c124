import { expect, test } from "vitest";
import { totpCode } from "../totp-verifier.ts";
import { type Answer, lastCode, send, startStill } from "./plain-client.ts";
import type { NubraSandbox } from "./sandbox.ts";

/**
 * The page "Authentication" of the original REST documentation, curl by curl, in the `documented` profile. Only its placeholders are filled
 * in: phone, tokens, codes, and the account's own MPIN. A curl with --data and no content type sends a form's.
 */
const CURL_DATA = { "content-type": "application/x-www-form-urlencoded" };
const phone = "9000000009";
const accounts = [{ name: "xyz", phone, email: "xyz@example.com", mpin: "1234", userId: 224 }];

function secretIn(answer: Answer): string {
  return (answer.json as { data: { secret_key: string } }).data.secret_key;
}

async function otpLogin(nubra: NubraSandbox): Promise<string> {
  // Step 1: generate temporary token.
  const one = await send(nubra, "POST", "/sendphoneotp", {
    headers: { "content-type": "application/json" },
    body: `{\n"phone": "${phone}",\n"skip_totp": false\n}`,
  });
  const sent = {
    attempts_left: 4,
    email: "xyz@example.com",
    expiry: 30,
    flow: "LOGIN",
    message: "OTP sent",
    next: "VERIFY_MOBILE",
    phone,
  };
  expect([one.status, one.json]).toEqual([200, { ...sent, temp_token: one.field("temp_token") }]);

  // Step 2: send OTP.
  const two = await send(nubra, "POST", "/sendphoneotp", {
    headers: { "x-temp-token": one.field("temp_token"), "content-type": "application/json" },
    body: `{\n"phone": "${phone}",\n"skip_totp": true\n}`,
  });
  expect([two.status, two.json]).toEqual([200, { ...sent, temp_token: two.field("temp_token") }]);
  expect(two.field("temp_token")).not.toBe(one.field("temp_token"));

  // Step 3: verify OTP.
  const three = await send(nubra, "POST", "/verifyphoneotp", {
    headers: { "x-temp-token": two.field("temp_token"), "x-device-id": "TS123", "content-type": "application/json" },
    body: `{\n"phone": "${phone}",\n"otp": "${lastCode(nubra, "xyz")}"\n}`,
  });
  expect([three.status, three.json]).toEqual([
    201,
    { auth_token: three.field("auth_token"), flow: "LOGIN", message: "User Created Successfully", next: "ENTER_MPIN" },
  ]);
  return pin(nubra, three.field("auth_token"));
}

/** Step 4 of both halves of the page: verify PIN. */
async function pin(nubra: NubraSandbox, authToken: string): Promise<string> {
  const four = await send(nubra, "POST", "/verifypin", {
    headers: { "x-device-id": "TS123", "content-type": "application/json", authorization: `Bearer ${authToken}` },
    body: '{\n"pin": "1234"\n}',
  });
  expect([four.status, four.json]).toEqual([
    200,
    {
      email: "xyz@example.com",
      message: "Login Successful",
      next: "DASHBOARD",
      phone,
      session_token: four.field("session_token"),
      userId: 224,
    },
  ]);
  return four.field("session_token");
}

test("the first half of the page logs in by OTP", async () => {
  await using nubra = await startStill({ profile: "documented", accounts });
  const session = await otpLogin(nubra);
  const probe = await send(nubra, "GET", "/userinfo", {
    headers: { authorization: `Bearer ${session}`, "x-device-id": "TS123" },
  });
  expect(probe.status).toBe(200);
  expect(nubra.journal.entries().flatMap(({ notes }) => notes)).toEqual([]);
});

test("the second half of the page enables TOTP, logs in with it and disables it", async () => {
  await using nubra = await startStill({ profile: "documented", accounts });
  const session = await otpLogin(nubra);
  const headers = { authorization: `Bearer ${session}`, "x-device-id": "TS123" };

  // Step 1: generate TOTP secret, by POST.
  const generated = await send(nubra, "POST", "/totp/generate-secret", { headers });
  expect([generated.status, generated.json]).toEqual([
    200,
    {
      data: { secret_key: secretIn(generated), qr_image: "data:image/png;base64,AAAA" },
      message: "Enable TOTP flow by verifying TOTP",
    },
  ]);
  const secret = secretIn(generated);

  // Step 2: enable TOTP, the code in the path as in the curl and the payload that the page lists below it.
  const code = totpCode(secret, nubra.clock.now());
  const enabled = await send(nubra, "POST", `/totp/enable/${code}`, {
    headers: { ...headers, ...CURL_DATA },
    body: `{\n"mpin": "1234",\n"totp": "${code}"\n}`,
  });
  expect([enabled.status, enabled.json]).toEqual([200, { message: "TOTP verified successfully" }]);
  expect(nubra.journal.entries().at(-1)?.notes).toEqual(["the code in the path", "no JSON content type"]);

  // Step 3: login via TOTP, with the e-mail.
  nubra.clock.advance(30_000);
  const byTotp = await send(nubra, "POST", "/totp/login", {
    headers: { "x-device-id": "TS123", "content-type": "application/json" },
    body: `{\n"email": "xyz@example.com",\n"totp": ${Number(totpCode(secret, nubra.clock.now()))}\n}`,
  });
  expect([byTotp.status, byTotp.json]).toEqual([
    201,
    { auth_token: byTotp.field("auth_token"), flow: "LOGIN", message: "User Created Successfully", next: "ENTER_MPIN" },
  ]);

  // Step 4: verify PIN.
  const renewed = await pin(nubra, byTotp.field("auth_token"));

  // Disable TOTP.
  const disabled = await send(nubra, "POST", "/totp/disable", {
    headers: { authorization: `Bearer ${renewed}`, "x-device-id": "TS123", ...CURL_DATA },
    body: '{\n"mpin": "1234"\n}',
  });
  expect([disabled.status, disabled.json]).toEqual([200, { message: "Disabled TOTP successfully" }]);
  expect(nubra.totpCode("xyz")).toBeUndefined();
});

test("generate-secret works by GET as well, as everybody else does it", async () => {
  await using nubra = await startStill({ profile: "documented", accounts });
  const session = await otpLogin(nubra);
  const generated = await send(nubra, "GET", "/totp/generate-secret", {
    headers: { authorization: `Bearer ${session}`, "x-device-id": "TS123" },
  });
  expect(generated.status).toBe(200);
});
