import { describe, expect, it } from "vitest";
import type { BrokerAnswer } from "./broker-call.ts";
import { Secret } from "../contract/secret.ts";
import {
  blaming,
  commonMeanings,
  isPlainNo,
  type Meaning,
  meaningBeforeStatus,
  refusedCall,
  requireUsableToken,
} from "./refusal.ts";

const now = Date.UTC(2031, 2, 3, 3, 30);
const common = commonMeanings("Toy");
const said: Meaning = { code: "pin_rejected", message: "Toy refused the MPIN" };

function answer(
  status: number,
  body: BrokerAnswer["body"] = "json",
  headers: Record<string, string> = {},
): BrokerAnswer {
  const ok = status >= 200 && status < 300;
  return {
    broker: "toy",
    title: "Toy",
    step: "login",
    path: "/call",
    status,
    ok,
    header: (name) => headers[name],
    json: {},
    body,
  };
}

// Words that nobody knows.
const unknown = (): undefined => undefined;

/** A JWT without a signature, with this text as a claim: JSON has numbers that JavaScript would not write. */
function claiming(claim: "exp" | "nbf", value: string): string {
  return `${btoa("{}")}.${btoa(`{"${claim}":${value}}`)}.x`;
}

describe("before a status", () => {
  const calls = { factor: { failed: false, carriesFactor: true }, plain: { failed: false, carriesFactor: false } };

  it("the broker's own words decide, and are told whether they are in doubt", () => {
    const doubts: boolean[] = [];
    const known = (inDoubt: boolean): Meaning => {
      doubts.push(inDoubt);
      return said;
    };
    expect(meaningBeforeStatus(answer(400), now, { ...calls.factor, known })).toBe(said);
    expect(meaningBeforeStatus(answer(429), now, { ...calls.factor, known })).toBe(said);
    expect(meaningBeforeStatus(answer(400), now, { ...calls.plain, failed: true, known })).toBe(said);
    expect(doubts).toEqual([false, true, true]);
  });

  it.each([
    [429, "json", "rate_limited", "rate_limited"],
    [403, "other", "broker_unavailable", undefined],
    [408, "json", "broker_unavailable", undefined],
    [400, "json", undefined, undefined],
  ] as const)(
    "a %d with a body of %s was turned away unexamined: %s with a factor, else %s",
    (status, body, factor, plain) => {
      expect(meaningBeforeStatus(answer(status, body), now, { ...calls.factor, known: unknown })?.code).toBe(factor);
      expect(meaningBeforeStatus(answer(status, body), now, { ...calls.plain, known: unknown })?.code).toBe(plain);
    },
  );

  it("a server that failed has an unknown outcome where a factor had left, else it is not working", () => {
    expect(meaningBeforeStatus(answer(500), now, { ...calls.factor, failed: true, known: unknown })).toEqual(
      common.unclear,
    );
    expect(meaningBeforeStatus(answer(500), now, { ...calls.plain, failed: true, known: unknown })).toEqual(
      common.notWorking,
    );
  });
});

it.each([
  [400, "json", true],
  [401, "empty", true],
  [422, "empty", false],
  [400, "other", false],
  [404, "json", false],
  [405, "empty", false],
  [200, "json", false],
] as const)("a %d with a body of %s is a plain no: %s", (status, body, expected) => {
  expect(isPlainNo(answer(status, body))).toBe(expected);
  expect(isPlainNo(answer(422, "empty"), [422])).toBe(true);
});

it.each([
  ["invalid ucc", true, true],
  ["Invalid field 'UCC'", true, true],
  ["the ucc is wrong", true, true],
  ["UCC verification failed", true, false],
  ["ucc mismatch", true, false],
  ["ucc service is up", false, false],
])("%s blames it: %s, beyond doubt: %s", (words, blames, certain) => {
  const { text, beyondDoubt } = blaming("ucc");
  expect([text.test(words), beyondDoubt.test(words)]).toEqual([blames, certain]);
});

describe("a token", () => {
  it.each([
    ["a second ago", String(now / 1000 - 1)],
    ["in this moment", String(now / 1000)],
    ["at the beginning of time", "0"],
    ["before it", "-1"],
    ["long before it", "-1e306"],
  ])("that ended %s is refused", (_when, exp) => {
    expect(() => requireUsableToken(new Secret(claiming("exp", exp)), answer(200), now)).toThrow(
      expect.objectContaining({
        code: "protocol_error",
        message: "login: unrecognised answer from Toy: it brings a token that has ended already",
      }),
    );
  });

  it("that opens nothing for the next half hour is refused", () => {
    expect(() => requireUsableToken(new Secret(claiming("nbf", String(now / 1000 + 1_801))), answer(200), now)).toThrow(
      "it brings a token that opens nothing yet",
    );
    expect(() =>
      requireUsableToken(new Secret(claiming("nbf", String(now / 1000 + 1_800))), answer(200), now),
    ).not.toThrow();
  });

  it.each(["canary-opaque", claiming("exp", String(now / 1000 + 1)), claiming("exp", '"soon"')])(
    "that does not say that it ended is taken: %s",
    (text) => {
      expect(() => requireUsableToken(new Secret(text), answer(200), now)).not.toThrow();
    },
  );
});

it.each([
  [2, " (2 attempts left)"],
  [1, " (1 attempt left)"],
  [0, " (0 attempts left)"],
  [11, ""],
  [undefined, ""],
])("a refusal tells of %s attempts that are left: %j", (attemptsLeft, counted) => {
  expect(refusedCall(said, answer(400), now, { attemptsLeft }).message).toBe(`login: Toy refused the MPIN${counted}`);
});
