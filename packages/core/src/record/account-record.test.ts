import { isDeepStrictEqual } from "node:util";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type AccountRecord, encodeRecord, newAccountRecord } from "./account-record.ts";
import { decodeRecord } from "./account-record-schema.ts";
import { emptyLedger } from "./attempt-ledger.ts";
import { type BrokerAuthError, isBrokerAuthError } from "../errors/broker-auth-error.ts";
import { type BrokerAuthErrorCode, errorCodes } from "../errors/error-codes.ts";
import type { Json } from "../contract/json.ts";
import type { AccountAddress } from "./record-key.ts";
import type { StoredRecord } from "../contract/token-store.ts";

const seed = 20310303;
const now = Date.UTC(2031, 2, 3, 3, 30);
const address: AccountAddress = { broker: "nubra", environment: "production", identity: "+919876500001", site: "" };

// Everything that a record can hold, as it looks between two challenges of a renewal gone wrong.
const full: AccountRecord = {
  ...address,
  revision: 12,
  deviceId: "3f2a9c1e-0000-4000-8000-00000000abcd",
  fingerprintKey: "a2V5LW9mLXRoZS1hY2NvdW50LWZpbmdlcnByaW50cw",
  generation: 4,
  session: {
    tokens: { sessionToken: "eyJhbGciOiJIUzI1NiJ9.e30.c2ln", authToken: null, list: [1, "zwei", true] },
    tokensVersion: 1,
    issuedAt: now,
    expiresAt: now + 86_400_000,
    deviceId: "3f2a9c1e-0000-4000-8000-00000000abcd",
    obtainedBy: "renewal",
  },
  renewal: { token: "eyJhbGciOiJIUzI1NiJ9.e30.cmVuZXc", issuedAt: now - 5, expiresAt: now + 7 * 86_400_000 },
  ledger: {
    refused: ["kX0fJ1i2Xg3o4P5q6R7s8Q", "aX0fJ1i2Xg3o4P5q6R7s8Q"],
    refusals: 1,
    unknown: 1,
    totp: {
      made: [64_342_498, 64_342_500],
      outside: [64_342_490],
      floor: 64_342_000,
      codes: ["cX0fJ1i2Xg3o4P5q6R7s8Q"],
    },
    doubtful: ["dX0fJ1i2Xg3o4P5q6R7s8Q"],
    attemptsLeft: 3,
    proved: "pX0fJ1i2Xg3o4P5q6R7s8Q",
    unheard: ["mpin"],
    pause: { code: "outcome_unknown", since: now - 60_000, until: now + 660_000, tries: 2 },
    granted: true,
    block: { code: "pin_rejected", factor: "mpin", at: now - 9, fingerprint: "kX0fJ1i2Xg3o4P5q6R7s8Q" },
    open: {
      owner: "cnVuLW9uZQ",
      factor: "totp",
      step: "totp/login",
      at: now - 1,
      fingerprint: "bX0fJ1i2Xg3o4P5q6R7s8Q",
      configured: true,
      automatic: false,
      proved: true,
      behind: true,
    },
  },
  pending: {
    handle: "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0",
    challenge: { kind: "otp", sentTo: "phone ending in 01", expiresAt: now + 30_000, attemptsLeft: 3 },
    login: {
      version: 1,
      broker: "nubra",
      environment: "production",
      awaits: "otp",
      createdAt: now,
      expiresAt: now + 600_000,
      state: { tempToken: "eyJhbGciOiJIUzI1NiJ9.e30.dGVtcA" },
    },
  },
  clock: { offsetMs: -1_250, measuredAt: now - 60_000 },
  earlyEndings: [now - 2, now - 1],
};

function failure(act: () => unknown): BrokerAuthError {
  try {
    act();
  } catch (error) {
    if (isBrokerAuthError(error)) return error;
    throw error;
  }
  throw new Error("it was read");
}

/** A store error's code, or what kind of record was read. One that can be written and read again has its types right. */
function outcomeOf(stored: StoredRecord): string {
  let read: AccountRecord;
  try {
    read = decodeRecord(stored, address);
  } catch (error) {
    if (isBrokerAuthError(error)) return error.code;
    throw error;
  }
  const { broker, environment, identity, site, revision } = read;
  const own = isDeepStrictEqual({ broker, environment, identity, site }, address);
  const again = decodeRecord(encodeRecord(read, now), address);
  return own && isDeepStrictEqual(again, { ...read, revision: revision + 1 }) ? "read" : "wrong";
}

function withBody(change: (body: Record<string, unknown>) => unknown): StoredRecord {
  const stored = encodeRecord(full, now);
  const body = JSON.parse(new TextDecoder().decode(stored.body)) as Record<string, unknown>;
  return { ...stored, body: new TextEncoder().encode(JSON.stringify(change(body))) };
}

function withText(text: string): StoredRecord {
  return { ...encodeRecord(full, now), body: new TextEncoder().encode(text) };
}

const maybe = <Value>(value: fc.Arbitrary<Value>): fc.Arbitrary<Value | undefined> =>
  fc.option(value, { nil: undefined });
const text = fc.string({ unit: "binary", maxLength: 20 });
const epoch = fc.integer({ min: 0, max: 4e12 });
const factor = fc.constantFrom("otp", "totp", "mpin", "sms");
// -0 has no form in JSON.
const json = fc.jsonValue().map((value) => JSON.parse(JSON.stringify(value)) as Json);
const anyRecord: fc.Arbitrary<AccountRecord> = fc.record({
  broker: text,
  environment: text,
  identity: text,
  site: text,
  revision: fc.nat(),
  deviceId: text,
  fingerprintKey: fc.string({ unit: "binary", minLength: 1, maxLength: 20 }),
  generation: fc.nat(),
  session: maybe(
    fc.record({
      tokens: json,
      tokensVersion: fc.nat(),
      issuedAt: epoch,
      expiresAt: epoch,
      deviceId: text,
      obtainedBy: fc.constantFrom("login", "renewal"),
    }),
  ),
  renewal: maybe(fc.record({ token: text, issuedAt: epoch, expiresAt: maybe(epoch) })),
  ledger: fc.record({
    refused: fc.array(text),
    refusals: fc.nat(),
    unknown: fc.nat(),
    proved: maybe(text),
    unheard: maybe(fc.array(factor)),
    pause: maybe(
      fc.record({
        code: fc.constantFrom(...(Object.keys(errorCodes) as BrokerAuthErrorCode[])),
        since: epoch,
        until: epoch,
        tries: fc.nat(),
      }),
    ),
    granted: maybe(fc.constant(true as const)),
    totp: fc.record({
      made: fc.array(fc.integer({ min: 0, max: 1e9 })),
      outside: fc.array(fc.integer({ min: 0, max: 1e9 })),
      floor: fc.integer({ min: -1, max: 1e9 }),
      codes: fc.array(text),
    }),
    attemptsLeft: maybe(fc.nat()),
    block: maybe(
      fc.record({
        code: fc.constantFrom(...(Object.keys(errorCodes) as BrokerAuthErrorCode[])),
        factor,
        at: epoch,
        fingerprint: maybe(text),
      }),
    ),
    open: maybe(
      fc.record({
        owner: text,
        factor,
        step: text,
        at: epoch,
        fingerprint: maybe(text),
        configured: fc.boolean(),
        automatic: fc.boolean(),
      }),
    ),
  }),
  pending: maybe(
    fc.record({
      handle: text,
      challenge: fc.oneof(
        fc.record({ kind: fc.constant("otp" as const), sentTo: text }),
        fc.record({ kind: fc.constantFrom("totp" as const, "mpin" as const) }),
        fc.record({ kind: fc.constant("redirect" as const), url: text }),
      ),
      login: fc.record({
        version: fc.nat(),
        broker: text,
        environment: text,
        awaits: fc.constantFrom("otp", "totp", "mpin", "redirect"),
        createdAt: epoch,
        expiresAt: epoch,
        state: json,
      }),
    }),
  ),
  clock: maybe(fc.record({ offsetMs: fc.integer(), measuredAt: epoch })),
  earlyEndings: fc.array(epoch),
});

describe("a stored record", () => {
  it("comes back as it was, one revision later", () => {
    fc.assert(
      fc.property(anyRecord, (record) => {
        const stored = encodeRecord(record, now);
        const revision = record.revision === 0 ? stored.revision : record.revision + 1;
        expect(decodeRecord(stored, record)).toEqual({ ...record, revision });
      }),
      { seed, numRuns: 500 },
    );
    expect(decodeRecord(encodeRecord(full, now), address)).toEqual({ ...full, revision: 13 });
  });

  it("begins its revisions with the time, so that a purged and renewed one does not repeat them", () => {
    const first = encodeRecord(newAccountRecord(address, undefined), now + 0.7);
    expect(Math.floor(first.revision / 1_000)).toBe(now);
    expect(Number.isSafeInteger(first.revision)).toBe(true);
    const again = encodeRecord(newAccountRecord(address, undefined), now + 5_000);
    expect(again.revision).toBeGreaterThan(encodeRecord({ ...full, revision: first.revision }, now).revision);
  });

  it("begins its revisions at random within the millisecond, for a purge in the same one", () => {
    const firsts = Array.from({ length: 300 }, () => encodeRecord(newAccountRecord(address, undefined), now).revision);
    for (const revision of firsts) {
      expect(revision).toBeGreaterThanOrEqual(now * 1_000);
      expect(revision).toBeLessThan((now + 1) * 1_000);
    }
    // Of 1000 places 300 tries hit about 260; less than 200 does not happen by chance.
    expect(new Set(firsts).size).toBeGreaterThan(200);
  });

  it.each([0, 0.4, -1, -now])("has a revision above 0 once it is written, whatever the clock shows: %d", (time) => {
    expect(encodeRecord(newAccountRecord(address, undefined), time).revision).toBeGreaterThan(0);
  });

  it("brings no prototype with it", () => {
    const tokens = JSON.parse('{"__proto__":{"admin":true},"constructor":{"x":1}}') as Json;
    const session = { ...full.session, tokens } as AccountRecord["session"];
    const { session: read } = decodeRecord(encodeRecord({ ...full, session }, now), address);
    expect(JSON.stringify(read?.tokens)).toBe('{"__proto__":{"admin":true},"constructor":{"x":1}}');
    expect(Object.hasOwn(Object.prototype, "admin")).toBe(false);
  });

  it("can be written and read by any language: it is JSON with a version", () => {
    const body: unknown = JSON.parse(new TextDecoder().decode(encodeRecord(full, now).body));
    const { revision: _, ...rest } = full;
    expect(body).toEqual({ version: 2, ...rest });
  });
});

describe("a damaged record", () => {
  const whole = encodeRecord(full, now);

  it("is store_corrupt at every length it can be cut to", () => {
    for (let length = 0; length < whole.body.length; length++) {
      const cut = { ...whole, body: whole.body.slice(0, length) };
      expect(failure(() => decodeRecord(cut, address)).code, `${length} bytes`).toBe("store_corrupt");
    }
  });

  it("is store_corrupt with anything behind its end", () => {
    for (const tail of ["x", "{}", "\0", "]"]) {
      const longer = withText(new TextDecoder().decode(whole.body) + tail);
      expect(failure(() => decodeRecord(longer, address)).code).toBe("store_corrupt");
    }
  });

  it("is an error of the store, or still this account's record in every type, with any bit flipped", () => {
    const counts: Record<string, number> = {};
    for (let index = 0; index < whole.body.length; index++) {
      for (let bit = 0; bit < 8; bit++) {
        const body = whole.body.slice();
        body[index] = (body[index] ?? 0) ^ (1 << bit);
        const outcome = outcomeOf({ ...whole, body });
        counts[outcome] = (counts[outcome] ?? 0) + 1;
      }
    }
    // What a schema cannot see is a changed character inside a value. In a name every one is seen.
    const { read = 0, store_corrupt: corrupt = 0, ...others } = counts;
    expect(Object.keys(others)).toEqual(["store_version"]);
    expect(corrupt).toBeGreaterThan(read);
  });

  const required = [
    "broker",
    "environment",
    "identity",
    "site",
    "deviceId",
    "fingerprintKey",
    "generation",
    "ledger",
    "earlyEndings",
    "version",
  ];
  it.each(required)("is store_corrupt without its %s, and with one of another type", (field) => {
    for (const value of [undefined, null, [[]], { a: 1 }, true]) {
      const stored = withBody((body) => ({ ...body, [field]: value }));
      expect(failure(() => decodeRecord(stored, address)).code).toBe("store_corrupt");
    }
  });

  it.each<[string, (body: Record<string, Record<string, unknown>>) => void]>([
    ["a session without expiry", (body) => delete body["session"]?.["expiresAt"]],
    ["a session without tokens", (body) => delete body["session"]?.["tokens"]],
    ["a session whose expiry is a text", (body) => Object.assign(body["session"] ?? {}, { expiresAt: "tomorrow" })],
    ["a session of unknown origin", (body) => Object.assign(body["session"] ?? {}, { obtainedBy: "magic" })],
    ["a session that ends before the epoch", (body) => Object.assign(body["session"] ?? {}, { expiresAt: -1 })],
    ["a session that is null", (body) => Object.assign(body, { session: null })],
    ["a renewal without token", (body) => delete body["renewal"]?.["token"]],
    ["a ledger without refused factors", (body) => delete body["ledger"]?.["refused"]],
    ["a refused factor that is a number", (body) => Object.assign(body["ledger"] ?? {}, { refused: [1] })],
    ["a count below nothing", (body) => Object.assign(body["ledger"] ?? {}, { unknown: -1 })],
    ["a generation below nothing", (body) => Object.assign(body, { generation: -1.5 })],
    ["an empty fingerprint key", (body) => Object.assign(body, { fingerprintKey: "" })],
    ["a count that is a text", (body) => Object.assign(body["ledger"] ?? {}, { unknown: "1" })],
    ["no TOTP steps", (body) => delete body["ledger"]?.["totp"]],
    ["a block with an unknown code", (body) => Object.assign(body["ledger"]?.["block"] ?? {}, { code: "broken" })],
    ["a block of an unknown factor", (body) => Object.assign(body["ledger"]?.["block"] ?? {}, { factor: "iris" })],
    ["an open attempt without owner", (body) => Object.assign(body["ledger"]?.["open"] ?? {}, { owner: undefined })],
    [
      "an open attempt whose origin is a text",
      (body) => Object.assign(body["ledger"]?.["open"] ?? {}, { configured: "no" }),
    ],
    ["a challenge that nobody knows", (body) => Object.assign(body["pending"]?.["challenge"] ?? {}, { kind: "iris" })],
    ["a pending login without handle", (body) => delete body["pending"]?.["handle"]],
    [
      "a pending login without a state",
      (body) => Object.assign(body["pending"]?.["login"] ?? {}, { state: undefined }),
    ],
    ["a clock offset that is null", (body) => Object.assign(body["clock"] ?? {}, { offsetMs: null })],
    ["an ending that is no number", (body) => Object.assign(body, { earlyEndings: ["yesterday"] })],
  ])("is store_corrupt with %s", (_, damage) => {
    const stored = withBody((body) => {
      damage(body as Record<string, Record<string, unknown>>);
      return body;
    });
    expect(failure(() => decodeRecord(stored, address)).code).toBe("store_corrupt");
  });

  it.each([/"generation":\d+/, /"floor":-?\d+/, /"issuedAt":\d+/, /"attemptsLeft":\d+/])(
    "is store_corrupt with a number that is none: %s",
    (field) => {
      const written = new TextDecoder().decode(whole.body);
      const changed = written.replace(field, (found) => found.replace(/-?\d+$/, "1e400"));
      expect(changed).toContain("1e400");
      expect(outcomeOf(withText(changed))).toBe("store_corrupt");
    },
  );

  it("is store_corrupt with a changed name of any field, also of one that may be absent", () => {
    const names = [...new TextDecoder().decode(whole.body).matchAll(/"(\w+)":/g)].map(([, name = ""]) => name);
    // The broker's own tokens and the adapter's state are not the schema's.
    const foreign = ["sessionToken", "authToken", "list", "tempToken"];
    const own = [...new Set(names)].filter((name) => !foreign.includes(name));
    expect(own).toEqual(expect.arrayContaining(["block", "open", "attemptsLeft", "session", "pending", "sentTo"]));
    const survivors = own.filter((name) => {
      const last = String.fromCharCode(name.charCodeAt(name.length - 1) ^ 1);
      const changed = new TextDecoder().decode(whole.body).replace(`"${name}":`, `"${name.slice(0, -1)}${last}":`);
      return outcomeOf(withText(changed)) !== "store_corrupt";
    });
    expect(survivors).toEqual([]);
  });

  it.each(["", "null", "[]", '"text"', "1", "{}", "{}}", "\u0000"])("is store_corrupt where it is %j", (body) => {
    expect(failure(() => decodeRecord(withText(body), address)).code).toBe("store_corrupt");
  });

  it("is store_corrupt where it is not UTF-8", () => {
    const body = whole.body.slice();
    // Inside a token, where no comparison would notice a replaced character.
    body[new TextDecoder().decode(body).indexOf("eyJ")] = 0xff;
    expect(failure(() => decodeRecord({ ...whole, body }, address)).code).toBe("store_corrupt");
  });

  it("is not quoted in the error", () => {
    const error = failure(() =>
      decodeRecord(
        withBody((body) => ({ ...body, generation: "canary-1" })),
        address,
      ),
    );
    expect(JSON.stringify([error, error.stack, error.cause])).not.toMatch(/canary-1|9876500001|eyJ/);
  });
});

describe("a record in the form of another version", () => {
  it.each([1, 3, 1_000, 1.5])("is store_version, whatever else it holds: version %d", (version) => {
    for (const stored of [withText(JSON.stringify({ version })), withBody((body) => ({ ...body, version }))]) {
      const error = failure(() => decodeRecord(stored, address));
      expect(error.code).toBe("store_version");
      expect(error.message).toContain(String(version));
    }
  });

  it.each([0, -1, "2", null, [2], true])("is store_corrupt where the version makes no sense: %j", (version) => {
    expect(
      failure(() =>
        decodeRecord(
          withBody((body) => ({ ...body, version })),
          address,
        ),
      ).code,
    ).toBe("store_corrupt");
  });
});

describe("the record of another account", () => {
  it.each(["broker", "environment", "identity", "site"] as const)("is store_corrupt by its %s", (field) => {
    const error = failure(() => decodeRecord(encodeRecord(full, now), { ...address, [field]: "other" }));
    expect(error.code).toBe("store_corrupt");
    expect(error.message).toContain("another account");
    expect(JSON.stringify(error)).not.toContain(address.identity);
  });
});

describe("the header", () => {
  const { session, pending, ...bare } = { ...full, ledger: emptyLedger };
  const block = full.ledger.block;

  it.each<[string, AccountRecord, string]>([
    ["a session", { ...bare, session, pending, ledger: { ...emptyLedger, block } }, "logged_in"],
    ["a block before a pending login", { ...bare, pending, ledger: { ...emptyLedger, block } }, "login_blocked"],
    ["a pending login", { ...bare, pending }, "pending"],
    ["nothing of it", bare, "logged_out"],
  ])("shows %s as the state", (_, record, state) => {
    expect(encodeRecord(record, now).header.state).toBe(state);
  });

  it("shows expiry, generation and origin, and nothing else", () => {
    expect(encodeRecord(full, now).header).toEqual({
      state: "logged_in",
      expiresAt: now + 86_400_000,
      generation: 4,
      obtainedBy: "renewal",
    });
    expect(encodeRecord(bare, now).header).toEqual({
      state: "logged_out",
      expiresAt: 0,
      generation: 4,
      obtainedBy: "none",
    });
  });
});

describe("the record of an account that nobody has seen before", () => {
  it("has a device id and a fingerprint key of its own, and has done nothing yet", () => {
    const [one, two] = [newAccountRecord(address, undefined), newAccountRecord(address, undefined)];
    expect(one).toEqual({
      ...address,
      revision: 0,
      deviceId: expect.stringMatching(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/),
      fingerprintKey: expect.stringMatching(/^[\w-]{43}$/),
      generation: 0,
      ledger: { refused: [], refusals: 0, unknown: 0, totp: { made: [], outside: [], floor: -1, codes: [] } },
      earlyEndings: [],
    });
    expect(two.deviceId).not.toBe(one.deviceId);
    expect(two.fingerprintKey).not.toBe(one.fingerprintKey);
  });

  it("keeps a device id that the user chose", () => {
    expect(newAccountRecord(address, "my-device").deviceId).toBe("my-device");
  });
});
