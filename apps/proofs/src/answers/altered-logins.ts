import type { RelayedBrokers, Name } from "./relayed-brokers.ts";
import {
  type Fields,
  labelled,
  refusedWith,
  withClaims,
  withData,
  withFields,
  withRaw,
  withRawClaim,
} from "./answer-changes.ts";
import type { RelayedAnswer } from "./answer-relay.ts";

/** One answer of a login with something in it, and whether a session may come of it. */
export interface AlteredLogin {
  readonly what: string;
  readonly name: Name;
  /** By the account that logs in by SMS. */
  readonly sms?: boolean;
  /** How the path of the call ends. */
  readonly call: string;
  readonly alter: (answer: RelayedAnswer) => RelayedAnswer;
  /** Whether the login goes on from this answer. */
  readonly goesOn: boolean;
}

// The furthest end that any page knows, and some slack.
const longestMs = 7 * 86_400_000 + 3_600_000;

/** Plays one such login. Returns what is wrong with the outcome, or undefined. */
export async function playLogin(brokers: RelayedBrokers, login: AlteredLogin): Promise<string | undefined> {
  const { name, call, alter, goesOn, sms = false } = login;
  const relay = name === "main" ? brokers.nubra : brokers.login;
  await using program = brokers.program(sms);
  relay.alter = (path, answer) => (path.endsWith(call) ? alter(answer) : undefined);
  const { test } = brokers;
  const from = test.clock.now();
  const outcome = await program.run(async () => {
    return sms ? program.auth.login(name, { otp: () => lastSms(brokers) }) : program.auth.session(name);
  });
  relay.alter = undefined;
  const readable = await program.readable();
  await program.run(() => program.auth.status(name));
  // The next login gets a new TOTP step, and at Nubra the sends are counted anew after a session.
  if (sms && !("value" in outcome)) await goodLogin(brokers);
  test.clock.advance(31_000);
  if (!readable) return `${login.what}: a record that another program cannot read`;
  if ("code" in outcome) return goesOn ? `${login.what}: refused as ${outcome.code}` : undefined;
  if (!goesOn) return `${login.what}: a session`;
  const { expiresAt } = outcome.value;
  const sane = Number.isFinite(expiresAt) && expiresAt > from && expiresAt <= from + longestMs;
  return sane ? undefined : `${login.what}: a session until ${expiresAt}`;
}

async function goodLogin(brokers: RelayedBrokers): Promise<void> {
  await using program = brokers.program(true);
  await program.auth.login("main", { otp: () => lastSms(brokers) });
}

function lastSms({ test }: RelayedBrokers): string {
  return test.sandbox.nubra.inbox("sms").at(-1)?.code ?? "000000";
}

/** All of them, written from the brokers' references and not from the adapters. */
export function alteredLogins(brokers: RelayedBrokers): readonly AlteredLogin[] {
  return [...contradictions(), ...identities(), ...numbers(brokers), ...labels()];
}

const nubraCalls = [
  { call: "/totp/login", sms: false },
  { call: "/verifypin", sms: false },
  { call: "/sendphoneotp", sms: true },
  { call: "/verifyphoneotp", sms: true },
] as const;
const kotakNeoCalls = ["/tradeApiLogin", "/tradeApiValidate"] as const;

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
    ...nubraCalls.flatMap(({ call, sms }) =>
      atNubra.map((fields) => altered("main", call, `with ${JSON.stringify(fields)}`, false, withFields(fields), sms)),
    ),
    ...kotakNeoCalls.flatMap((call) =>
      atKotakNeo.flatMap((fields) => [
        altered("hedge", call, `with ${JSON.stringify(fields)}`, false, withFields(fields)),
        altered("hedge", call, `with ${JSON.stringify(fields)} under data`, false, withData(fields)),
      ]),
    ),
    altered("hedge", "/tradeApiLogin", "with the other kind", false, withData({ kType: "Trade" })),
    altered("hedge", "/tradeApiValidate", "with the other kind", false, withData({ kType: "View" })),
    altered("hedge", "/tradeApiValidate", "with a token of the other kind", false, withClaims({ scope: ["View"] })),
  ];
}

/** Other people's numbers, complete; and what only looks like one. */
function identities(): readonly AlteredLogin[] {
  const others = ["8123456789", "+918123456789", "91 81234 56789", "08123456789", 8_123_456_789];
  const unclear = ["81XXXXXX89", "******6789", "6789", "", null, "8-1-2", 12];
  const codes = ["QQ77Q", " qq77q "];
  const unclearCodes = ["Q***Q", "QQ", "", null, "QQ-77-Q", 77, "XXXXX"];
  return [
    ...nubraCalls.flatMap(({ call, sms }) => [
      ...others.map((phone) => altered("main", call, `with the phone ${phone}`, false, withFields({ phone }), sms)),
      ...unclear.map((phone) => altered("main", call, `with the phone ${phone}`, true, withFields({ phone }), sms)),
    ]),
    ...kotakNeoCalls.flatMap((call) => [
      ...codes.map((ucc) => altered("hedge", call, `with the UCC ${ucc}`, false, withData({ ucc }))),
      ...unclearCodes.map((ucc) => altered("hedge", call, `with the UCC ${ucc}`, true, withData({ ucc }))),
    ]),
    altered("hedge", "/tradeApiValidate", "with another UCC in its token", false, withClaims({ ucc: "QQ77Q" })),
  ];
}

// As JSON texts: it has numbers that JavaScript would not write.
const edges = '0 -0 -1 0.5 11 4821 1e21 1e306 -1e306 1e400 9007199254740993 "30" "NaN" null true [3] {}'.split(" ");

function numbers(brokers: RelayedBrokers): readonly AlteredLogin[] {
  brokers.plant("a planted number", "4821");
  const now = brokers.test.clock.now() / 1_000;
  const hasEnded = (edge: string): boolean => {
    // A number that is written as a text counts as one.
    const exp: unknown = JSON.parse(edge === '"30"' ? "30" : edge);
    return typeof exp === "number" && Number.isFinite(exp) && exp <= now;
  };
  return edges.flatMap((edge) => [
    altered("main", "/sendphoneotp", `with expiry ${edge}`, true, withRaw("expiry", edge), true),
    altered("main", "/sendphoneotp", `with attempts_left ${edge}`, true, withRaw("attempts_left", edge), true),
    altered("main", "/verifypin", `with userId ${edge}`, true, withRaw("userId", edge)),
    altered("main", "/verifypin", `with attempts_left ${edge}`, true, withRaw("attempts_left", edge)),
    altered("main", "/totp/login", `refused with attempts_left ${edge}`, false, () =>
      refusedWith("Invalid TOTP", edge),
    ),
    altered("main", "/verifypin", `refused with attempts_left ${edge}`, false, () => refusedWith("Invalid MPIN", edge)),
    altered("main", "/verifypin", `with exp ${edge}`, !hasEnded(edge), withRawClaim("session_token", edge)),
    altered("hedge", "/tradeApiValidate", `with exp ${edge}`, !hasEnded(edge), withRawClaim("token", edge)),
  ]);
}

/** Good answers under labels, and in pieces, as gateways give them. */
function labels(): readonly AlteredLogin[] {
  const calls = [...nubraCalls, ...kotakNeoCalls.map((call) => ({ call, sms: false }))];
  return calls.flatMap(({ call, sms }) =>
    [
      labelled("text/html; charset=utf-8"),
      labelled("application/octet-stream"),
      labelled(""),
      (answer: RelayedAnswer) => ({ ...answer, pieces: 2 }),
      (answer: RelayedAnswer) => ({ ...answer, reason: "\u0920\u0940\u0915 \u0939\u0948" }),
    ].map((alter, place) => {
      const name = call.startsWith("/tradeApi") ? "hedge" : "main";
      return altered(name, call, `under label ${place + 1}`, true, alter, sms);
    }),
  );
}

function altered(
  name: Name,
  call: string,
  how: string,
  goesOn: boolean,
  alter: AlteredLogin["alter"],
  sms = false,
): AlteredLogin {
  return { what: `${call} ${how}`, name, call, alter, goesOn, sms };
}
