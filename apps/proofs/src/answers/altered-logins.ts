import { typedCodes } from "../harness/typed-codes.ts";
import {
  type Change,
  type Fields,
  labelled,
  refusedWith,
  withClaims,
  withData,
  withFields,
  withRaw,
  withRawClaim,
} from "./answer-changes.ts";
import type { Name, RelayedBrokers } from "./relayed-brokers.ts";

/** A call of a login. */
interface Call {
  readonly name: Name;
  /** How its path ends. */
  readonly path: string;
  /** By the account that logs in by SMS. */
  readonly sms?: true;
}

/** One answer of a login with something in it. */
export interface AlteredLogin extends Call {
  readonly what: string;
  readonly alter: Change;
  /** Whether the login goes on from this answer. */
  readonly goesOn: boolean;
}

export const unreadable = "a record that another program cannot read";

// The furthest end that any page knows, and some slack.
const longestMs = 7 * 86_400_000 + 3_600_000;

/** Plays one such login. Returns what is wrong with the outcome, or undefined. */
export async function playLogin(brokers: RelayedBrokers, login: AlteredLogin): Promise<string | undefined> {
  const { what, name, path, alter, goesOn, sms = false } = login;
  const relay = name === "main" ? brokers.nubra : brokers.login;
  const { test } = brokers;
  await using program = brokers.program(sms);
  relay.alter = (called, answer) => (called.endsWith(path) ? alter(answer) : undefined);
  const from = test.clock.now();
  const outcome = await program.run(async () => {
    return sms ? program.auth.login(name, typedCodes(test, "sms")) : program.auth.session(name);
  });
  relay.alter = undefined;
  const readable = await program.readable();
  await program.run(() => program.auth.status(name));
  // The next login gets a new TOTP step, and at Nubra the sends are counted anew after a session.
  if (sms && !("value" in outcome)) {
    await using next = brokers.program(true);
    await next.auth.login("main", typedCodes(test, "sms"));
  }
  test.clock.advance(31_000);
  if (!readable) return `${what}: ${unreadable}`;
  if ("code" in outcome) return goesOn ? `${what}: refused as ${outcome.code}` : undefined;
  if (!goesOn) return `${what}: a session`;
  const { expiresAt } = outcome.value;
  const sane = Number.isFinite(expiresAt) && expiresAt > from && expiresAt <= from + longestMs;
  return sane ? undefined : `${what}: a session until ${expiresAt}`;
}

/** All of them, written from the brokers' references and not from the adapters. */
export function alteredLogins(brokers: RelayedBrokers): readonly AlteredLogin[] {
  return [...contradictions(), ...identities(), ...numbers(brokers), ...labels()];
}

const totpLogin: Call = { name: "main", path: "/totp/login" };
const verifyPin: Call = { name: "main", path: "/verifypin" };
const sendOtp: Call = { name: "main", path: "/sendphoneotp", sms: true };
const nubraCalls = [totpLogin, verifyPin, sendOtp, { name: "main", path: "/verifyphoneotp", sms: true }] as const;
const kotakNeoLogin: Call = { name: "hedge", path: "/tradeApiLogin" };
const validate: Call = { name: "hedge", path: "/tradeApiValidate" };
const kotakNeoCalls = [kotakNeoLogin, validate] as const;

/** A token together with what says no, at the top and beside the token. */
function contradictions(): readonly AlteredLogin[] {
  const atNubra: readonly Fields[] = [
    { error: "The request could not be completed" },
    { error: { code: "E1" } },
    { errors: ["no"] },
    { success: false },
    { success: "false" },
    { status: "error" },
    { status: "failed" },
    { status: 401 },
  ];
  const atKotakNeo: readonly Fields[] = [
    { error: [{ code: "400", message: "Not now" }] },
    { error: "Not now" },
    { errMsg: "Not now" },
    { emsg: "Not now" },
    { stat: "Not_Ok" },
    { status: "failure" },
    { success: false },
    { stCode: 401 },
    { errorCode: "401" },
    { code: "900902", message: "Not now" },
  ];
  return [
    ...nubraCalls.flatMap((call) => atNubra.map((fields) => refused(call, withFields(fields), fields))),
    ...kotakNeoCalls.flatMap((call) =>
      atKotakNeo.flatMap((fields) => [
        refused(call, withFields(fields), fields),
        refused(call, withData(fields), fields, "under data"),
      ]),
    ),
    refused(kotakNeoLogin, withData({ kType: "Trade" }), "the other kind"),
    refused(validate, withData({ kType: "View" }), "the other kind"),
    refused(validate, withClaims({ scope: ["View"] }), "a token of the other kind"),
  ];
}

/** Other people's numbers, complete; and what only looks like one. */
function identities(): readonly AlteredLogin[] {
  const others = ["8123456789", "+918123456789", "91 81234 56789", "08123456789", 8_123_456_789];
  const unclear = ["81XXXXXX89", "******6789", "6789", "", null, "8-1-2", 12];
  const codes = ["QQ77Q", " qq77q "];
  const unclearCodes = ["Q***Q", "QQ", "", null, "QQ-77-Q", 77, "XXXXX"];
  return [
    ...nubraCalls.flatMap((call) => [
      ...others.map((phone) => refused(call, withFields({ phone }), "the phone", phone)),
      ...unclear.map((phone) => accepted(call, withFields({ phone }), "the phone", phone)),
    ]),
    ...kotakNeoCalls.flatMap((call) => [
      ...codes.map((ucc) => refused(call, withData({ ucc }), "the UCC", ucc)),
      ...unclearCodes.map((ucc) => accepted(call, withData({ ucc }), "the UCC", ucc)),
    ]),
    refused(validate, withClaims({ ucc: "QQ77Q" }), "another UCC in its token"),
  ];
}

// As JSON texts: it has numbers that JavaScript would not write.
const edges = '0 -0 -1 0.5 11 4821 1e21 1e306 -1e306 1e400 9007199254740993 "30" "NaN" null true [3] {}'.split(" ");

function numbers(brokers: RelayedBrokers): readonly AlteredLogin[] {
  brokers.plant("a planted number", "4821");
  const now = brokers.test.clock.now() / 1_000;
  return edges.flatMap((edge) => {
    // A number that is written as a text counts as one.
    const exp: unknown = JSON.parse(edge === '"30"' ? "30" : edge);
    const withEnd = typeof exp === "number" && Number.isFinite(exp) && exp <= now ? refused : accepted;
    return [
      accepted(sendOtp, withRaw("expiry", edge), "expiry", edge),
      accepted(sendOtp, withRaw("attempts_left", edge), "attempts_left", edge),
      accepted(verifyPin, withRaw("userId", edge), "userId", edge),
      accepted(verifyPin, withRaw("attempts_left", edge), "attempts_left", edge),
      refused(totpLogin, () => refusedWith("Invalid TOTP", edge), "a refusal and attempts_left", edge),
      refused(verifyPin, () => refusedWith("Invalid MPIN", edge), "a refusal and attempts_left", edge),
      withEnd(verifyPin, withRawClaim("session_token", edge), "exp", edge),
      withEnd(validate, withRawClaim("token", edge), "exp", edge),
    ];
  });
}

/** Good answers under labels, and in pieces, as gateways give them. */
function labels(): readonly AlteredLogin[] {
  const changes: readonly Change[] = [
    ...["text/html; charset=utf-8", "application/octet-stream", ""].map(labelled),
    (answer) => ({ ...answer, pieces: 2 }),
    (answer) => ({ ...answer, reason: "\u0920\u0940\u0915 \u0939\u0948" }),
  ];
  return [...nubraCalls, ...kotakNeoCalls].flatMap((call) =>
    changes.map((alter, place) => accepted(call, alter, "label", place + 1)),
  );
}

/** An answer from which no session may come. */
function refused(call: Call, alter: Change, ...how: readonly (string | number | Fields | null)[]): AlteredLogin {
  return { ...accepted(call, alter, ...how), goesOn: false };
}

function accepted(call: Call, alter: Change, ...how: readonly (string | number | Fields | null)[]): AlteredLogin {
  const words = how.map((one) => (typeof one === "object" ? JSON.stringify(one) : String(one)));
  return { ...call, what: `${call.path} with ${words.join(" ")}`, alter, goesOn: true };
}
