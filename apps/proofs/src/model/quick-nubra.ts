import { demoAccounts, type Json, mintJwt, TOTP_STEP_MS } from "@x/sandbox";
import { codeOf, type ModelBroker } from "./model-broker.ts";

const [main] = demoAccounts.nubra;
const wrongFactorsThatLock = 3;
const sendsThatBlock = 5;
const dayMs = 86_400_000;
const codeMs = 300_000;
// The secrets that it makes, one after the other: the last of them again and again.
const furtherSecrets = [
  "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP",
  "KRUGKIDROVUWG2ZAKRUGKIDROVUWG2ZA",
  "NBSWY3DPO5XXE3DENBSWY3DPO5XXE3DE",
];

interface Granted {
  readonly token: string;
  readonly device: string;
  readonly expiresAt: number;
}

/** What was texted last, and to which chain of sends it belongs. */
interface Text {
  readonly tempToken: string;
  readonly code: string | undefined;
  readonly expiresAt: number;
}

type Body = Readonly<Record<string, unknown>>;

/** Nubra once more, in a page and in this process: the rules of nubra.md section 12 that a login or an enrolment meets, and nothing else. */
export function quickNubra(now: () => number): ModelBroker {
  if (main?.totpSecret === undefined) throw new Error("the demo account logs in by TOTP");
  const { phone } = main;
  let secret = main.totpSecret;
  let pin = main.mpin;
  let [serial, minted, wrong, sends, made] = [0, 0, 0, 0, 0];
  let pendingSecret: string | undefined;
  let text: Text | undefined;
  let texts: string[] = [];
  let session: Granted | undefined;
  let authTokens: Granted[] = [];
  let usedSteps = new Set<number>();

  const grant = (device: string, lifetimeMs: number, jwt: boolean): Granted => {
    serial += 1;
    const expiresAt = now() + lifetimeMs;
    const token = jwt ? mintJwt({ exp: Math.floor(expiresAt / 1000), jti: String(serial) }) : `auth-token-${serial}`;
    return { token, device, expiresAt: jwt ? Math.floor(expiresAt / 1000) * 1000 : expiresAt };
  };
  const refuse = (status: number, error?: string): Response =>
    reply(status, error === undefined ? undefined : { error });
  const reply = (status: number, body?: Json): Response => {
    const headers = { date: new Date(now()).toUTCString(), "content-type": "application/json" };
    return new Response(body === undefined ? null : JSON.stringify(body), { status, headers });
  };
  const locked = (): Response | undefined =>
    wrong >= wrongFactorsThatLock ? refuse(400, "Account locked: too many attempts") : undefined;
  const wrongFactor = (error: string): Response => {
    wrong += 1;
    return refuse(400, error);
  };
  const accepted = (device: string): Response => {
    const granted = grant(device, dayMs, false);
    authTokens.push(granted);
    return reply(201, { auth_token: granted.token, next: "ENTER_MPIN", message: "User Created Successfully" });
  };

  // Within one step of now, and not of a step that was used.
  function isCode(code: string, of: string): boolean {
    const here = Math.floor(now() / TOTP_STEP_MS);
    const step = [here, here - 1, here + 1].find((one) => codeOf(of, one) === code);
    const fresh = step !== undefined && !usedSteps.has(step);
    usedSteps.add(step ?? here);
    return fresh;
  }

  function logIn(body: Body, device: string): Response {
    if (body["phone"] !== phone) return refuse(400, "Enter valid inputs to proceed.");
    const code = String(body["totp"]).padStart(6, "0");
    return locked() ?? (isCode(code, secret) ? accepted(device) : wrongFactor("Invalid TOTP"));
  }

  function send(body: Body, tempToken: string): Response {
    if (body["phone"] !== phone) return refuse(400, "Enter valid inputs to proceed.");
    const refused = locked();
    if (refused !== undefined) return refused;
    if (sends >= sendsThatBlock) return refuse(400, "Maximum attempts reached");
    const forced = body["skip_totp"] === true;
    if (forced && text?.tempToken !== tempToken) return refuse(401, "unauthorized");
    sends += 1;
    serial += 1;
    // The account has TOTP, so the first send texts nothing.
    const code = forced ? String(100_000 + ((serial * 7_919) % 900_000)) : undefined;
    if (code !== undefined) texts.push(code);
    text = { tempToken: `temp-token-${serial}`, code, expiresAt: now() + codeMs };
    return reply(200, { temp_token: text.tempToken, next: forced ? "VERIFY_MOBILE" : "VERIFY_TOTP", expiry: 30 });
  }

  function verifyOtp(body: Body, tempToken: string, device: string): Response {
    const refused = locked();
    if (refused !== undefined) return refused;
    if (text?.code === undefined || text.tempToken !== tempToken) return refuse(401, "unauthorized");
    if (text.expiresAt <= now()) return refuse(400, "OTP expired");
    if (body["otp"] !== text.code) return wrongFactor("Invalid OTP");
    text = undefined;
    return accepted(device);
  }

  function verifyPin(body: Body, bearer: string, device: string): Response {
    const granted = authTokens.find(({ token }) => token === bearer);
    if (granted === undefined || granted.device !== device || granted.expiresAt <= now()) return refuse(440);
    const refused = locked();
    if (refused !== undefined) return refused;
    if (body["pin"] !== pin) return wrongFactor("Invalid MPIN");
    session = grant(device, 7 * 3_600_000, true);
    minted += 1;
    [wrong, sends] = [0, 0];
    return reply(200, { session_token: session.token, next: "DASHBOARD", userId: 1001 });
  }

  function makeSecret(): Response {
    pendingSecret = furtherSecrets[Math.min(made++, furtherSecrets.length - 1)] ?? secret;
    return reply(200, { data: { secret_key: pendingSecret }, message: "Enable TOTP flow by verifying TOTP" });
  }

  function enable(body: Body): Response {
    const refused = locked();
    if (refused !== undefined) return refused;
    if (pendingSecret === undefined) return refuse(400, "Generate a secret first");
    if (body["mpin"] !== pin) return wrongFactor("Invalid MPIN");
    if (!isCode(String(body["totp"]), pendingSecret)) return wrongFactor("Invalid TOTP");
    [secret, pendingSecret] = [pendingSecret, undefined];
    return reply(200, { message: "TOTP verified successfully" });
  }

  return {
    account: "main",
    urls: { baseUrl: "http://127.0.0.1:1" },
    minted: () => minted,
    lives: (token) => session?.token === token && session.expiresAt > now(),
    otherDevice() {
      session = grant("other-device", 7 * 3_600_000, true);
      wrong = 0;
    },
    endSessions: () => (session = undefined),
    endRenewals: () => (authTokens = []),
    typed: () => texts.at(-1) ?? "000000",
    unlock: () => void ([wrong, sends] = [0, 0]),
    setPin: (next) => (pin = next),
    reset() {
      [serial, minted, wrong, sends, made] = [0, 0, 0, 0, 0];
      [pin, secret] = [main.mpin, main.totpSecret ?? ""];
      [session, text, pendingSecret] = [undefined, undefined, undefined];
      [authTokens, texts, usedSteps] = [[], [], new Set()];
    },
    async fetch(input, init) {
      const request = new Request(input, init);
      const { pathname } = new URL(request.url);
      const device = request.headers.get("x-device-id") ?? "";
      const tempToken = request.headers.get("x-temp-token") ?? "";
      const bearer = /^Bearer (\S+)$/.exec(request.headers.get("authorization") ?? "")?.[1] ?? "";
      const given = await request.text();
      const body = (given === "" ? {} : JSON.parse(given)) as Body;
      if (pathname === "/totp/login") return logIn(body, device);
      if (pathname === "/sendphoneotp") return send(body, tempToken);
      if (pathname === "/verifyphoneotp") return verifyOtp(body, tempToken, device);
      if (pathname === "/verifypin") return verifyPin(body, bearer, device);
      if (pathname === "/") return refuse(404, "Not Found");
      const live = session?.token === bearer && session.device === device && session.expiresAt > now();
      if (!live) return refuse(440);
      if (pathname === "/totp/generate-secret") return makeSecret();
      if (pathname === "/totp/enable") return enable(body);
      if (pathname === "/logout") session = undefined;
      return reply(200, { env_info: {}, version_info: { status: "ACTIVE" } });
    },
  };
}
