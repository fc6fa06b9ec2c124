import { createBrokerAuth, memoryStore } from "@x/core";
import { type Answer, type LoginStep, type PendingLogin, Secret, type Session } from "@x/core/adapter";
import { fakeClock, type ScriptedAnswer, scriptedFetch, type TestContext, testContext } from "@x/core/testing";
import { kotakNeo, type KotakNeoProvider, type KotakNeoTokens } from "@x/kotak-neo";
import { nubra, type NubraProvider, type NubraTokens } from "@x/nubra";
import {
  clientIpAnswer,
  emptyReport,
  tradeAnswer,
  viewAnswer,
  viewToken,
} from "../../../../packages/kotak-neo/src/testing/answers.ts";
import * as atNubra from "../../../../packages/nubra/src/testing/answers.ts";
import { requests } from "../harness/requests.ts";
import { isToken, own, type SeenAnswer } from "./seen-answer.ts";

/** One call of a protocol that gets a hostile answer, and what may come of it. */
export interface HostileCall {
  readonly name: string;
  /** What the broker answers to the calls in turn when all is well. */
  readonly good: readonly ScriptedAnswer[];
  /** Which of them is answered by the hostile one. */
  readonly at: number;
  readonly run: (context: TestContext) => Promise<unknown>;
  /** What is wrong with the result, or undefined. Written from the brokers' references, not from the adapters. */
  fault(result: unknown, answer: SeenAnswer): string | undefined;
}

const byNubra = nubra() as Required<NubraProvider>;
const byKotakNeo = kotakNeo() as Required<KotakNeoProvider>;
const totpCode = (): string => "123456";
const nubraAccount = { phone: atNubra.canaries.phone, mpin: "1357" };
const kotakNeoAccount = {
  accessToken: "5a4db0c5-0000-4000-8000-000000000001",
  mobileNumber: "9000000001",
  ucc: "XY42Z",
  mpin: "246810",
};
const main = byNubra.parseCredentials({ ...nubraAccount, totpCode });
const sms = byNubra.parseCredentials(nubraAccount);
const hedge = byKotakNeo.parseCredentials({ ...kotakNeoAccount, totpCode });

const { firstFactorAccepted, pinAccepted, otpSent } = atNubra;
const factors = [firstFactorAccepted, pinAccepted];
const granted = [viewAnswer(), tradeAnswer()];

/** All calls of both adapters, and the engine on top of them. */
export async function hostileCalls(): Promise<readonly HostileCall[]> {
  const atOtp = await pendingOf(byNubra.begin(sms, answering(otpSent())));
  const atPin = await pendingOf(byKotakNeo.begin({ ...hedge, mpin: undefined }, answering(viewAnswer())));
  const { nubra: ofNubra, kotakNeo: ofKotakNeo } = await goodSessions();
  const otp: Answer = { kind: "otp", value: "246810" };
  const mpin: Answer = { kind: "mpin", value: "246810" };
  const { startedAt, canaries, userInfo, addressMatched, totpSecretMade } = atNubra;
  const renewal = { token: new Secret(canaries.authToken), issuedAt: startedAt - 3_600_000 };
  const { enrolment } = byNubra;
  const fresh = new Secret(canaries.totpSecret);
  const done = [{ json: { message: "Done successfully" } }];
  const probed = [clientIpAnswer, emptyReport];
  const nothing: ScriptedAnswer = { json: {} };

  type Run = HostileCall["run"];
  const byTotp: Run = (context) => byNubra.begin(main, context);
  const bySms: Run = (context) => byNubra.begin(sms, context);
  const afterOtp: Run = (context) => byNubra.answer(atOtp, otp, sms, context);
  const byCode: Run = (context) => byKotakNeo.begin(hedge, context);
  const afterPin: Run = (context) => byKotakNeo.answer(atPin, mpin, hedge, context);
  const probe: Run = (context) => byKotakNeo.probe(ofKotakNeo, hedge, context);
  const network: Run = (context) => byKotakNeo.network(ofKotakNeo, hedge, context);
  const generate: Run = (context) => enrolment.generate(ofNubra, main, context);
  const calls: readonly (readonly [string, HostileCall["good"], number, Run, HostileCall["fault"]])[] = [
    ["Nubra totp/login", factors, 0, byTotp, firstFactorFault],
    ["Nubra verifypin", factors, 1, byTotp, nubraSessionFault],
    ["Nubra verifyphoneotp", factors, 0, afterOtp, firstFactorFault],
    ["Nubra verifypin after an OTP", factors, 1, afterOtp, nubraSessionFault],
    ["Nubra renewal", [pinAccepted], 0, (context) => byNubra.renew(renewal, main, context), nubraSessionFault],
    ["Nubra sendphoneotp", [otpSent(), otpSent()], 0, bySms, sendFault],
    [
      "Nubra second sendphoneotp",
      [otpSent("VERIFY_TOTP"), otpSent()],
      1,
      bySms,
      (result, answer) => sendFault(result, answer, true),
    ],
    ["Kotak Neo login", granted, 0, byCode, viewFault],
    ["Kotak Neo validate", granted, 1, byCode, tradeFault],
    ["Kotak Neo validate with a typed MPIN", [tradeAnswer()], 0, afterPin, tradeFault],
    ["Nubra probe", [userInfo()], 0, (context) => byNubra.probe(ofNubra, main, context), probeFault],
    ["Kotak Neo probe", probed, 0, probe, noFault],
    ["Kotak Neo probe by positions", probed, 1, probe, probeFault],
    ["Nubra network", [addressMatched], 0, (context) => byNubra.network(ofNubra, main, context), addressFault],
    ["Kotak Neo network", [clientIpAnswer], 0, network, addressFault],
    ["Nubra socket", [userInfo()], 0, (context) => byNubra.socket(ofNubra, main, "orders", context), socketFault],
    ["Nubra generate-secret", [totpSecretMade], 0, generate, secretFault],
    ["Nubra enable", done, 0, (context) => enrolment.enable(fresh, ofNubra, main, context), doneFault],
    ["Nubra disable", done, 0, (context) => enrolment.disable(ofNubra, main, context), doneFault],
    ["Nubra logout", done, 0, (context) => byNubra.revoke(ofNubra, main, context), noFault],
    ["Nubra clock", [nothing], 0, (context) => byNubra.serverTime(main, context), clockFault],
    ["Kotak Neo clock", [nothing], 0, (context) => byKotakNeo.serverTime(hedge, context), clockFault],
    // The whole engine, with what it keeps: a session in the store is one that was granted.
    ["the engine on Nubra's verifypin", [nothing, ...factors], 2, logsIn("main"), nubraSessionFault],
    ["the engine on Kotak Neo's validate", [nothing, ...granted], 2, logsIn("hedge"), tradeFault],
    ["a request at Nubra", [nothing, ...factors, emptyReport], 3, asks("main"), noFault],
    ["a request at Kotak Neo", [nothing, ...granted, emptyReport], 3, asks("hedge"), noFault],
  ];
  return calls.map(([name, good, at, run, fault]) => ({ name, good, at, run: async (context) => run(context), fault }));
}

/** Sessions that were granted by good answers. */
export async function goodSessions(): Promise<{ nubra: Session<NubraTokens>; kotakNeo: Session<KotakNeoTokens> }> {
  return {
    nubra: await sessionOf(byNubra.begin(main, answering(...factors))),
    kotakNeo: await sessionOf(byKotakNeo.begin(hedge, answering(...granted))),
  };
}

function logsIn(account: "main" | "hedge"): HostileCall["run"] {
  return async (context) => ({ kind: "session", session: await engine(context).session(account) });
}

/** What is answered is the program's, and nothing is read of it here. */
function asks(account: "main" | "hedge"): HostileCall["run"] {
  return async (context) => {
    const answer = await engine(context).fetch(account, requests[account].read.path);
    await answer.body?.cancel();
  };
}

function engine(context: TestContext) {
  const { totpSecret } = atNubra.canaries;
  return createBrokerAuth({
    brokers: [byNubra, byKotakNeo],
    accounts: {
      main: { broker: "nubra", ...nubraAccount, totpSecret },
      hedge: { broker: "kotak-neo", ...kotakNeoAccount, totpSecret },
    },
    store: memoryStore(),
    fetch: context.fetch,
    random: () => 0.5,
    clock: { now: () => context.now(), sleep: (ms, signal) => context.sleep(ms, signal) },
  });
}

/** A network that answers well, in turns. */
function answering(...answers: readonly ScriptedAnswer[]): TestContext {
  return testContext({ clock: fakeClock(atNubra.startedAt), fetch: scriptedFetch(...answers).fetch });
}

async function pendingOf(step: Promise<LoginStep<unknown>>): Promise<PendingLogin> {
  const found = await step;
  if (found.kind === "challenge") return found.pending;
  throw new Error("the good answers led to no challenge");
}

async function sessionOf<Tokens>(step: Promise<LoginStep<Tokens>>): Promise<Session<Tokens>> {
  const found = await step;
  if (found.kind === "session") return { ...found.session, generation: 1 };
  throw new Error("the good answers led to no session");
}

function noFault(): undefined {
  return undefined;
}

function clockFault(time: unknown): string | undefined {
  return Number.isFinite(time) ? undefined : "a time that is none";
}

function doneFault(_result: unknown, { ok }: SeenAnswer): string | undefined {
  return ok ? undefined : "done by a failure";
}

function socketFault(plan: unknown): string | undefined {
  const { url } = plan as { readonly url: string };
  return /^wss:\/\/([\w-]+\.)*nubra\.io(\/|$)/.test(url) ? undefined : "a socket at a foreign host";
}

function secretFault(setup: unknown, { ok }: SeenAnswer): string | undefined {
  const { secret } = setup as { readonly secret: Secret };
  return ok && /^[A-Z2-7]{16,}$/.test(secret.reveal()) ? undefined : "a secret that is none";
}

function probeFault(result: unknown, { ok, json }: SeenAnswer): string | undefined {
  return result !== "alive" || (ok && typeof json === "object") ? undefined : "a session called alive by a failure";
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

function sendFault(result: unknown, { ok, json, following }: SeenAnswer, last = false): string | undefined {
  const step = result as LoginStep<NubraTokens>;
  const data = own(json, "data");
  const token = own(json, "temp_token") ?? own(data, "temp_token");
  const next = own(json, "next") ?? own(data, "next");
  if (step.kind !== "challenge" || !ok || !isToken(token)) return "asks for a code that was not sent";
  if (next === "VERIFY_MOBILE") return following === undefined ? undefined : "a second send";
  if (last || next !== "VERIFY_TOTP") return "asks for a code after a step that is not known";
  return following?.get("x-temp-token") === token ? undefined : "went on with another token";
}

function viewFault(_result: unknown, answer: SeenAnswer): string | undefined {
  const fault = grantFault(answer, "View");
  if (fault !== undefined) return fault;
  const [data, { following }] = [own(answer.json, "data"), answer];
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
  const given = [baseUrl, feedUrl, rtUrl].filter((url) => url !== undefined);
  const foreign = !given.every((url) => /^https:\/\/([\w-]+\.)*kotaksecurities\.com(\/|$)/.test(url));
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
    const [first] = [own(layer, "error")].flat();
    const words = [typeof first === "string" ? first : "", own(first, "code"), own(first, "message")];
    if (words.some(isFilled)) return "accepted in spite of error";
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

function addressFault(result: unknown): string | undefined {
  const { address: shown } = result as { readonly address?: string };
  return shown === undefined || /^[\da-fA-F.:]{2,45}$/.test(shown) ? undefined : "an address that is none";
}
