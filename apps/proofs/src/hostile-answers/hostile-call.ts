import { createBrokerAuth, memoryStore } from "@x/core";
import { type Answer, type LoginStep, type PendingLogin, Secret, type Session } from "@x/core/adapter";
import { fakeClock, type TestContext, testContext } from "@x/core/testing";
import { kotakNeo, type KotakNeoTokens } from "@x/kotak-neo";
import { nubra, type NubraTokens } from "@x/nubra";
import {
  type Json,
  address,
  at,
  authToken,
  clientIp,
  firstFactor,
  otpSent,
  pinAccepted,
  positions,
  secretMade,
  tradeGranted,
  userInfo,
  viewGranted,
  viewToken,
} from "./good-answers.ts";
import { isToken, own, type SeenAnswer } from "./seen-answer.ts";

/** One call of a protocol that gets a hostile answer, and what may come of it. */
export interface HostileCall {
  readonly name: string;
  /** What the broker answers to the calls in turn when all is well. */
  readonly good: readonly Json[];
  /** Which of them is answered by the hostile one. */
  readonly at: number;
  run(context: TestContext): Promise<unknown>;
  /** What is wrong with the result, or undefined. Written from the brokers' references, not from the adapters. */
  fault(result: unknown, answer: SeenAnswer): string | undefined;
}

const byNubra = nubra();
const byKotakNeo = kotakNeo();
const main = byNubra.parseCredentials({ phone: "9000000001", mpin: "1357", totpCode: () => "123456" });
const sms = byNubra.parseCredentials({ phone: "9000000001", mpin: "1357" });
const hedge = byKotakNeo.parseCredentials({
  accessToken: "5a4db0c5-0000-4000-8000-000000000001",
  mobileNumber: "9000000001",
  ucc: "XY42Z",
  mpin: "246810",
  totpCode: () => "123456",
});

const renewal = { token: new Secret(authToken), issuedAt: at - 3_600_000 };
const otp: Answer = { kind: "otp", value: "246810" };
const mpin: Answer = { kind: "mpin", value: "246810" };

/** All calls of both adapters, and the engine on top of them. */
export async function hostileCalls(): Promise<readonly HostileCall[]> {
  const pendingOtp = await pendingOf(byNubra.begin(sms, answering(otpSent("VERIFY_MOBILE"))));
  const pendingPin = await pendingOf(byKotakNeo.begin({ ...hedge, mpin: undefined }, answering(viewGranted)));
  const nubraSession = await sessionOf<NubraTokens>(byNubra.begin(main, answering(firstFactor, pinAccepted)));
  const kotakNeoSession = await sessionOf<KotakNeoTokens>(
    byKotakNeo.begin(hedge, answering(viewGranted, tradeGranted)),
  );

  return [
    nubraLogin("Nubra totp/login", [firstFactor, pinAccepted], 0, (context) => byNubra.begin(main, context)),
    nubraLogin("Nubra verifypin", [firstFactor, pinAccepted], 1, (context) => byNubra.begin(main, context)),
    nubraLogin("Nubra verifyphoneotp", [firstFactor, pinAccepted], 0, (context) =>
      byNubra.answer(pendingOtp, otp, sms, context),
    ),
    nubraLogin("Nubra verifypin after an OTP", [firstFactor, pinAccepted], 1, (context) =>
      byNubra.answer(pendingOtp, otp, sms, context),
    ),
    nubraLogin("Nubra renewal", [pinAccepted], 0, async (context) => byNubra.renew!(renewal, main, context)),
    nubraLogin("Nubra sendphoneotp", [otpSent("VERIFY_MOBILE"), otpSent("VERIFY_MOBILE")], 0, (context) =>
      byNubra.begin(sms, context),
    ),
    nubraLogin("Nubra second sendphoneotp", [otpSent("VERIFY_TOTP"), otpSent("VERIFY_MOBILE")], 1, (context) =>
      byNubra.begin(sms, context),
    ),
    kotakNeoLogin("Kotak Neo login", 0, (context) => byKotakNeo.begin(hedge, context)),
    kotakNeoLogin("Kotak Neo validate", 1, (context) => byKotakNeo.begin(hedge, context)),
    {
      ...kotakNeoLogin("Kotak Neo validate with a typed MPIN", 0, (context) =>
        byKotakNeo.answer(pendingPin, mpin, hedge, context),
      ),
      good: [tradeGranted],
      fault: (result, answer) => tradeFault(result, answer),
    },
    probe("Nubra probe", [userInfo], 0, async (context) => byNubra.probe!(nubraSession, main, context)),
    probe("Kotak Neo probe", [clientIp, positions], 0, async (context) =>
      byKotakNeo.probe!(kotakNeoSession, hedge, context),
    ),
    probe("Kotak Neo probe by positions", [clientIp, positions], 1, async (context) =>
      byKotakNeo.probe!(kotakNeoSession, hedge, context),
    ),
    report("Nubra network", address, async (context) => byNubra.network!(nubraSession, main, context)),
    report("Kotak Neo network", clientIp, async (context) => byKotakNeo.network!(kotakNeoSession, hedge, context)),
    {
      name: "Nubra socket",
      good: [userInfo],
      at: 0,
      run: async (context) => byNubra.socket!(nubraSession, main, "orders", context),
      fault: (plan) =>
        /^wss:\/\/([\w-]+\.)*nubra\.io(\/|$)/.test((plan as { url: string }).url)
          ? undefined
          : "a socket at a foreign host",
    },
    {
      name: "Nubra generate-secret",
      good: [secretMade],
      at: 0,
      run: async (context) => byNubra.enrolment!.generate(nubraSession, main, context),
      fault: (setup, { ok }) =>
        ok && /^[A-Z2-7]{16,}$/.test((setup as { secret: Secret }).secret.reveal())
          ? undefined
          : "a secret that is none",
    },
    done("Nubra enable", async (context) =>
      byNubra.enrolment!.enable(new Secret("JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"), nubraSession, main, context),
    ),
    done("Nubra disable", async (context) => byNubra.enrolment!.disable(nubraSession, main, context)),
    {
      ...done("Nubra logout", async (context) => byNubra.revoke!(nubraSession, main, context)),
      fault: () => undefined,
    },
    clock("Nubra clock", async (context) => byNubra.serverTime!(main, context)),
    clock("Kotak Neo clock", async (context) => byKotakNeo.serverTime!(hedge, context)),
    engineLogin("the engine on Nubra's verifypin", [{}, firstFactor, pinAccepted], 2, "main", nubraSessionFault),
    engineLogin("the engine on Kotak Neo's validate", [{}, viewGranted, tradeGranted], 2, "hedge", tradeFault),
    engineFetch("a request at Nubra", [{}, firstFactor, pinAccepted, positions], "main", "/portfolio/holdings"),
    engineFetch("a request at Kotak Neo", [{}, viewGranted, tradeGranted, positions], "hedge", "/quick/user/positions"),
  ];
}

function nubraLogin(
  name: string,
  good: readonly Json[],
  place: number,
  run: (context: TestContext) => Promise<LoginStep<NubraTokens>>,
): HostileCall {
  const sends = name.includes("sendphoneotp");
  const last = place === good.length - 1;
  return {
    name,
    good,
    at: place,
    run,
    fault: sends ? (result, answer) => sendFault(result, answer, last) : last ? nubraSessionFault : firstFactorFault,
  };
}

function nubraSessionFault(result: unknown, { ok, json }: SeenAnswer): string | undefined {
  const step = result as LoginStep<NubraTokens>;
  if (step.kind !== "session") return "no session and no refusal";
  const data = own(json, "data");
  const tokens = [own(json, "session_token"), own(data, "session_token"), own(data, "token")].filter(isToken);
  const { sessionToken: accepted } = step.session.tokens;
  return ok && tokens.includes(accepted.reveal()) ? undefined : "a session without a token in the answer";
}

/** The step went on, so the first factor was taken for accepted: the answer must have said so, and its token must be the one in use. */
function firstFactorFault(result: unknown, { ok, json, following }: SeenAnswer): string | undefined {
  // A refused OTP comes back as the challenge, which stays open.
  const step = result as LoginStep<NubraTokens>;
  if (step.kind === "challenge" && step.refused !== undefined) return following === undefined ? undefined : "went on";
  const [top, data] = [json, own(json, "data")];
  const token = own(top, "auth_token") ?? own(data, "auth_token");
  const next = own(top, "next") ?? own(data, "next") ?? undefined;
  if (!ok || !isToken(token)) return "went on without an auth token";
  if (next !== undefined && !/^(ENTER|VERIFY)_M?PIN$/.test(typeof next === "string" ? next : ""))
    return "gave the MPIN to another step";
  return following?.get("authorization") === `Bearer ${token}` ? undefined : "went on with another token";
}

function sendFault(result: unknown, { ok, json, following }: SeenAnswer, last: boolean): string | undefined {
  const step = result as LoginStep<NubraTokens>;
  const data = own(json, "data");
  const token = own(json, "temp_token") ?? own(data, "temp_token");
  const next = own(json, "next") ?? own(data, "next");
  if (step.kind !== "challenge" || !ok || !isToken(token)) return "asks for a code that was not sent";
  if (next === "VERIFY_MOBILE") return following === undefined ? undefined : "a second send";
  if (last || next !== "VERIFY_TOTP") return "asks for a code after a step that is not known";
  return following?.get("x-temp-token") === token ? undefined : "went on with another token";
}

function kotakNeoLogin(
  name: string,
  place: 0 | 1,
  run: (context: TestContext) => Promise<LoginStep<KotakNeoTokens>>,
): HostileCall {
  return { name, good: [viewGranted, tradeGranted], at: place, run, fault: place === 0 ? viewFault : tradeFault };
}

function viewFault(_result: unknown, answer: SeenAnswer): string | undefined {
  const fault = grantFault(answer, "View");
  if (fault !== undefined) return fault;
  const data = own(answer.json, "data");
  const { following } = answer;
  const same = following?.get("auth") === own(data, "token") && following?.get("sid") === own(data, "sid");
  return same ? undefined : "went on with another pair";
}

function tradeFault(result: unknown, answer: SeenAnswer): string | undefined {
  const step = result as LoginStep<KotakNeoTokens>;
  if (step.kind !== "session") return "no session and no refusal";
  const fault = grantFault(answer, "Trade");
  if (fault !== undefined) return fault;
  const data = own(answer.json, "data");
  const { token, sid, baseUrl, feedUrl, rtUrl } = step.session.tokens;
  if (token.reveal() !== own(data, "token") || sid.reveal() !== own(data, "sid")) return "a session with another pair";
  if (token.reveal() === viewToken) return "a session with the view token";
  const foreign = [baseUrl, feedUrl, rtUrl].some(
    (url) => url !== undefined && !/^https:\/\/([\w-]+\.)*kotaksecurities\.com(\/|$)/.test(url),
  );
  return foreign ? "a session at a foreign host" : undefined;
}

/** Success is 2xx, a token, a sid and no failure marker (kotak-neo.md section 1), and no other kind than the expected one. */
function grantFault({ ok, json }: SeenAnswer, kind: "View" | "Trade"): string | undefined {
  const data = own(json, "data");
  if (!ok || !isToken(own(data, "token")) || !isToken(own(data, "sid"))) return "accepted without token and sid";
  const given = own(data, "kType");
  if (typeof given === "string" && given.trim() !== "" && given !== kind) return "accepted a token of another kind";
  for (const layer of [json, data]) {
    for (const name of ["errMsg", "emsg"]) if (isFilled(own(layer, name))) return `accepted in spite of ${name}`;
    const error: unknown = own(layer, "error");
    const first: unknown = Array.isArray(error) ? error[0] : error;
    if (
      (typeof first === "string" && isFilled(first)) ||
      isFilled(own(first, "code")) ||
      isFilled(own(first, "message"))
    )
      return "accepted in spite of error";
    for (const name of ["stat", "status"])
      if (/^(error|fail|failed|failure|not_?ok)$/i.test(String(own(layer, name)).trim()))
        return `accepted in spite of ${name}`;
    for (const name of ["stCode", "errorCode"]) {
      const code = own(layer, name);
      if (isFilled(code) && !["0", "200", "1000"].includes(String(code).trim())) return `accepted in spite of ${name}`;
    }
  }
  return undefined;
}

function isFilled(value: unknown): boolean {
  return typeof value === "number" || (typeof value === "string" && value.trim() !== "");
}

function probe(
  name: string,
  good: readonly Json[],
  place: number,
  run: (context: TestContext) => Promise<unknown>,
): HostileCall {
  const fault = (result: unknown, { ok, json }: SeenAnswer): string | undefined => {
    if (result !== "alive" || place < good.length - 1) return undefined;
    return ok && typeof json === "object" ? undefined : "a session called alive by a failure";
  };
  return { name, good, at: place, run, fault };
}

function report(name: string, good: Json, run: (context: TestContext) => Promise<unknown>): HostileCall {
  return { name, good: [good], at: 0, run, fault: addressFault };
}

function addressFault(result: unknown): string | undefined {
  const { address: shown } = result as { readonly address?: string };
  return shown === undefined || /^[\da-fA-F.:]{2,45}$/.test(shown) ? undefined : "an address that is none";
}

function done(name: string, run: (context: TestContext) => Promise<void>): HostileCall {
  const good = [{ message: "Done successfully" }];
  return { name, good, at: 0, run, fault: (_result, { ok }) => (ok ? undefined : "done by a failure") };
}

function clock(name: string, run: (context: TestContext) => Promise<number>): HostileCall {
  return { name, good: [{}], at: 0, run, fault: (time) => (Number.isFinite(time) ? undefined : "a time that is none") };
}

/** The whole engine, with what it keeps: a session in the store is one that was granted. */
function engineLogin(
  name: string,
  good: readonly Json[],
  place: number,
  account: "main" | "hedge",
  fault: HostileCall["fault"],
): HostileCall {
  return {
    name,
    good,
    at: place,
    run: async (context) => ({ kind: "session", session: await engine(context).session(account) }),
    fault,
  };
}

function engineFetch(name: string, good: readonly Json[], account: "main" | "hedge", path: string): HostileCall {
  return {
    name,
    good,
    at: good.length - 1,
    async run(context) {
      const answer = await engine(context).fetch(account, path);
      // From here on it is the program's.
      await answer.body?.cancel();
      return answer.status;
    },
    fault: () => undefined,
  };
}

function engine(
  context: TestContext,
): ReturnType<typeof createBrokerAuth<typeof byNubra | typeof byKotakNeo, "main" | "hedge">> {
  const totpSecret = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP";
  return createBrokerAuth({
    brokers: [byNubra, byKotakNeo],
    accounts: {
      main: { broker: "nubra", phone: "9000000001", mpin: "1357", totpSecret },
      hedge: {
        broker: "kotak-neo",
        accessToken: "5a4db0c5-0000-4000-8000-000000000001",
        mobileNumber: "9000000001",
        ucc: "XY42Z",
        mpin: "246810",
        totpSecret,
      },
    },
    store: memoryStore(),
    fetch: context.fetch,
    random: () => 0.5,
    clock: { now: () => context.now(), sleep: (ms, signal) => context.sleep(ms, signal) },
  });
}

/** A network that answers well, in turns. */
function answering(...answers: readonly Json[]): TestContext {
  let calls = 0;
  return testContext({ clock: fakeClock(at), fetch: async () => Response.json(answers[calls++]) });
}

async function pendingOf(step: Promise<LoginStep<unknown>>): Promise<PendingLogin> {
  const found = await step;
  if (found.kind !== "challenge") throw new Error("the good answers led to no challenge");
  return found.pending;
}

async function sessionOf<Tokens>(step: Promise<LoginStep<Tokens>>): Promise<Session<Tokens>> {
  const found = await step;
  if (found.kind !== "session") throw new Error("the good answers led to no session");
  return { ...found.session, generation: 1 };
}
