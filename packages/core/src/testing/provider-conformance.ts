import { type BrokerAuthError, isBrokerAuthError } from "../broker-auth-error.ts";
import type { Answer, Challenge } from "../challenge.ts";
import type { LoginStep } from "../login-step.ts";
import type { PendingLogin } from "../pending-login.ts";
import type { BrokerAuthProvider } from "../provider.ts";
import { isSecret } from "../secret.ts";
import type { MintedSession } from "../session.ts";
import type { ResponseView } from "../verdict.ts";
import type { TestRunner } from "./store-conformance.ts";
import type { TestIo, TestIoOptions } from "./test-io.ts";

/** A broker that belongs to one test, and an account there. */
export interface ProviderBench {
  /** The adapter under test, with default options. */
  readonly provider: BrokerAuthProvider;
  /** What a user would configure for an unattended login, or for the most unattended one there is. */
  readonly account: Readonly<Record<string, unknown>>;
  /** An account that is another one at the same broker. */
  readonly otherAccount: Readonly<Record<string, unknown>>;
  /** Every secret and identifier in `account`, as text: none may show up where people look. */
  readonly markers: readonly string[];
  /** A test Io whose fetch reaches the broker, on the broker's clock. */
  io(options?: TestIoOptions): TestIo;
  /** What the account's owner answers to a challenge. */
  answer(challenge: Challenge): string | Promise<string>;
  /** Ends all sessions of the account at the broker. */
  endSessions(): void | Promise<void>;
  /** Requests that have arrived at the broker so far, of any kind. */
  arrived(): number;
  cleanup?(): void | Promise<void>;
}

export interface ProviderDifferences {
  /** Nothing but time or the user's own act ends a session, so the kit cannot see a dead one. Default false. */
  readonly sessionsCannotBeEnded?: boolean;
}

/**
 * The rules that every adapter keeps, whatever its broker: input, secrets, write-ahead, stored forms, judgement. What only one broker has is left to
 * that adapter's own tests. A fresh bench per test; differences are declared, never skipped.
 */
export function providerConformance(
  runner: TestRunner,
  makeBench: () => ProviderBench | Promise<ProviderBench>,
  differences: ProviderDifferences = {},
): void {
  const rule = (title: string, body: (bench: ProviderBench) => Promise<void>): void => {
    runner.it(title, async () => {
      const bench = await makeBench();
      try {
        await body(bench);
      } finally {
        await bench.cleanup?.();
      }
    });
  };

  runner.describe("an adapter", () => {
    rule(
      "takes the account it documents, and refuses a field it does not know by its name",
      async ({ provider, account }) => {
        provider.parseCredentials(account);
        const error = thrown(() => provider.parseCredentials({ ...account, surprise: "x" }));
        same(error.code, "configuration");
        check(error.message.includes("surprise") || error.field === "surprise", "the unknown field is not named");
      },
    );

    rule("names a field of the wrong kind, and never shows its value", async ({ provider, account }) => {
      for (const field of Object.keys(account)) {
        for (const wrong of [12_345_678, true, [], { nested: "marker-value" }, "marker-value\r\nx: y"]) {
          const error = attempt(() => provider.parseCredentials({ ...account, [field]: wrong }));
          if (error === undefined) continue;
          same(error.code, "configuration");
          check(
            !show(error).includes("marker-value") && !show(error).includes("12345678"),
            `the value of ${field} is shown`,
          );
        }
      }
    });

    rule("refuses what is no account at all", async ({ provider }) => {
      for (const input of [undefined, null, 5, "text", [], {}])
        same(thrown(() => provider.parseCredentials(input)).code, "configuration");
    });

    rule("describes every field it takes", async ({ provider, account }) => {
      for (const field of Object.keys(account))
        check(Object.hasOwn(provider.fields, field), `fields does not tell about ${field}`);
      for (const [field, { required }] of Object.entries(provider.fields)) {
        if (!required || !Object.hasOwn(account, field)) continue;
        const { [field]: _, ...without } = account;
        const error = thrown(() => provider.parseCredentials(without));
        same(error.code, "configuration");
        check(error.field === field || error.message.startsWith(`${field}:`), `the missing ${field} is not named`);
      }
    });

    rule("knows an account again, and tells it from another one", async ({ provider, account, otherAccount }) => {
      const identify = (input: object): string => {
        const { environment, identity } = provider.identify(provider.parseCredentials(input));
        return JSON.stringify([environment, identity]);
      };
      same(identify(account), identify({ ...account }));
      check(identify(account) !== identify(otherAccount), "two accounts have one identity");
    });

    rule("shows none of the account's secrets by printing", async ({ provider, account, markers }) => {
      const printed = show(provider.parseCredentials(account)) + show(provider);
      for (const marker of markers) check(!printed.includes(marker), "the parsed account shows a secret");
    });

    rule("writes every factor down before it leaves: a refused attempt sends nothing", async (bench) => {
      const refusal = new Error("the attempt is not allowed");
      const io = bench.io({
        spend: () => {
          throw refusal;
        },
      });
      const before = bench.arrived();
      const credentials = bench.provider.parseCredentials(bench.account);
      let step: LoginStep<unknown> | undefined;
      let found: unknown;
      try {
        step = await bench.provider.begin(credentials, io);
        if (step.kind === "challenge")
          step = await bench.provider.answer(step.pending, await given(bench, step.challenge), credentials, io);
      } catch (error) {
        found = error;
      }
      same(found, refusal);
      same(bench.arrived(), before);
    });

    rule("logs in, and hands over a session that says when it ends", async (bench) => {
      const { io, session } = await loggedIn(bench);
      const now = io.now();
      check(session.issuedAt <= now && session.issuedAt > now - 600_000, "issuedAt is not the time of the login");
      check(session.expiresAt > now, "the session is over already");
      check(session.expiresAt <= bench.provider.reach(session.issuedAt), "the session lives longer than reach() says");
      same(session.deviceId.reveal(), io.deviceId.reveal());
      check(io.spent.length > 0, "no factor was spent");
    });

    rule("shows no secret of a session by printing", async (bench) => {
      const { session } = await loggedIn(bench);
      const printed = show(session);
      for (const secret of secretsIn(session.tokens)) check(!printed.includes(secret), "the session shows a secret");
      for (const marker of bench.markers) check(!printed.includes(marker), "the session shows the account");
    });

    rule("brings tokens back from their stored form, and refuses what is none", async (bench) => {
      const { session } = await loggedIn(bench);
      const { tokens } = bench.provider;
      const stored: unknown = JSON.parse(JSON.stringify(tokens.encode(session.tokens)));
      const again = { ...session, tokens: tokens.decode(stored) };
      const credentials = bench.provider.parseCredentials(bench.account);
      const authorize = (minted: MintedSession<unknown>): string =>
        JSON.stringify(bench.provider.authorize(minted, credentials, { path: "/" }));
      same(authorize(again), authorize(session));
      for (const junk of [undefined, null, 1, "text", [], {}])
        check(
          attemptAny(() => tokens.decode(junk)),
          "decode takes anything",
        );
    });

    rule("authorises for one origin, by frozen headers that cannot split a request", async (bench) => {
      const { session } = await loggedIn(bench);
      const credentials = bench.provider.parseCredentials(bench.account);
      const { origin, headers } = bench.provider.authorize(session, credentials, { path: "/" });
      same(new URL(origin).origin, origin);
      check(Object.isFrozen(headers), "the headers can be changed");
      check(Object.keys(headers).length > 0, "there are no headers");
      for (const value of Object.values(headers)) check(!/[\r\n]/.test(value), "a header holds a line break");
    });

    rule("judges any answer without failing, and takes no order for a read", async (bench) => {
      const { io, session } = await loggedIn(bench);
      for (const status of [
        200, 204, 304, 400, 401, 403, 404, 409, 418, 422, 424, 429, 440, 451, 500, 502, 503, 504, 599,
      ]) {
        for (const json of [
          undefined,
          null,
          [],
          {},
          { error: {} },
          { data: null },
          { stCode: [] },
          JSON.parse('{"__proto__":{"x":1}}'),
        ]) {
          const view: ResponseView = { method: "POST", path: "/anything", status, header: () => undefined, json };
          const { kind } = bench.provider.judge(view, { ...session, generation: 1 }, io.now());
          check(["alive", "dead", "suspect", "refused"].includes(kind), `there is no verdict ${kind}`);
          if (status >= 500 || status === 429) check(kind !== "dead", `${status} is taken for a dead session`);
        }
      }
      same(bench.provider.isRead({ method: "POST", path: "/a/path/that/nobody/knows" }), false);
    });

    rule(
      "tells failures of the network apart by whether something left, and never by the library's own error",
      async (bench) => {
        const credentials = bench.provider.parseCredentials(bench.account);
        for (const [code, syscall, wanted] of [
          ["ECONNREFUSED", "connect", "broker_unavailable"],
          ["ECONNRESET", "read", "outcome_unknown"],
        ] as const) {
          const broken: typeof fetch = () =>
            Promise.reject(new TypeError("fetch failed", { cause: Object.assign(new Error(code), { code, syscall }) }));
          const io = bench.io({ fetch: broken });
          const failed = async (): Promise<unknown> => {
            const step = await bench.provider.begin(credentials, io);
            if (step.kind === "challenge")
              await bench.provider.answer(step.pending, await given(bench, step.challenge), credentials, io);
            return step;
          };
          const error = await rejected(failed);
          same(error.code, wanted);
          for (const marker of bench.markers) check(!show(error).includes(marker), "the error shows the account");
        }
      },
    );

    rule(
      "is strict about a pending login: one that is foreign, old or altered is a typed error, and nothing is sent",
      async (bench) => {
        const credentials = bench.provider.parseCredentials(bench.account);
        const io = bench.io();
        const step = await firstChallenge(bench, io);
        if (step === undefined) return;
        const reply = await given(bench, step.challenge);
        const foreign: readonly PendingLogin[] = [
          { ...step.pending, broker: "another" },
          { ...step.pending, environment: "another" },
          { ...step.pending, version: step.pending.version + 1 },
          { ...step.pending, state: { altered: true } },
          { ...step.pending, expiresAt: io.now() - 1 },
        ];
        const before = bench.arrived();
        for (const pending of foreign) {
          const error = await rejected(() => bench.provider.answer(pending, reply, credentials, io));
          check(["challenge_expired", "configuration"].includes(error.code), `it is ${error.code}`);
        }
        same(bench.arrived(), before);
      },
    );

    rule("keeps a pending login good through JSON, and without any factor in it", async (bench) => {
      const io = bench.io();
      const step = await firstChallenge(bench, io);
      if (step === undefined) return;
      const text = JSON.stringify(step.pending);
      const credentials = bench.provider.parseCredentials(bench.account);
      for (const factor of Object.values(bench.provider.identify(credentials).factors))
        check(!text.includes(factor.reveal()), "it holds a factor");
      const next = await bench.provider.answer(
        JSON.parse(text) as PendingLogin,
        await given(bench, step.challenge),
        credentials,
        io,
      );
      check(next.kind === "session" || next.refused === undefined, "the answer was refused");
    });

    rule("finds a live session alive", async (bench) => {
      if (bench.provider.probe === undefined) return;
      const { io, session } = await loggedIn(bench);
      const credentials = bench.provider.parseCredentials(bench.account);
      same(await bench.provider.probe({ ...session, generation: 1 }, credentials, io), "alive");
    });

    if (differences.sessionsCannotBeEnded) return;
    rule("finds an ended session dead", async (bench) => {
      if (bench.provider.probe === undefined) return;
      const { io, session } = await loggedIn(bench);
      await bench.endSessions();
      const credentials = bench.provider.parseCredentials(bench.account);
      same(await bench.provider.probe({ ...session, generation: 1 }, credentials, io), "dead");
    });
  });
}

async function loggedIn(bench: ProviderBench): Promise<{ io: TestIo; session: MintedSession<unknown> }> {
  const io = bench.io();
  const credentials = bench.provider.parseCredentials(bench.account);
  let step = await bench.provider.begin(credentials, io);
  for (let asked = 0; step.kind === "challenge" && asked < 5; asked++) {
    step = await bench.provider.answer(step.pending, await given(bench, step.challenge), credentials, io);
  }
  if (step.kind !== "session") throw new Error("the login does not come to an end");
  return { io, session: step.session };
}

// The account without what it needs for an unattended login, so that there is something to ask.
async function firstChallenge(
  bench: ProviderBench,
  io: TestIo,
): Promise<Extract<LoginStep<unknown>, { kind: "challenge" }> | undefined> {
  const { mpin: _mpin, totpSecret: _totpSecret, ...byHand } = bench.account;
  const step = await bench.provider.begin(bench.provider.parseCredentials(byHand), io);
  return step.kind === "challenge" ? step : undefined;
}

async function given(bench: ProviderBench, challenge: Challenge): Promise<Answer> {
  return { kind: challenge.kind, value: await bench.answer(challenge) };
}

function secretsIn(value: unknown): string[] {
  if (isSecret(value)) return [value.reveal()];
  return typeof value === "object" && value !== null ? Object.values(value).flatMap(secretsIn) : [];
}

// What people and loggers see: JSON, String() and, where the platform has it, its inspection.
function show(value: unknown): string {
  const inspect = (value as { [key: symbol]: unknown } | null)?.[Symbol.for("nodejs.util.inspect.custom")];
  const inspected = typeof inspect === "function" ? String(inspect.call(value)) : "";
  return `${JSON.stringify(value)} ${String(value)} ${inspected} ${(value as Error | null)?.stack ?? ""}`;
}

function attempt(work: () => unknown): BrokerAuthError | undefined {
  try {
    work();
    return undefined;
  } catch (error) {
    if (isBrokerAuthError(error)) return error;
    throw new Error(`it throws something else than a BrokerAuthError: ${String(error)}`, { cause: error });
  }
}

function attemptAny(work: () => unknown): boolean {
  try {
    work();
    return false;
  } catch {
    return true;
  }
}

function thrown(work: () => unknown): BrokerAuthError {
  const error = attempt(work);
  if (error === undefined) throw new Error("it was taken");
  return error;
}

async function rejected(work: () => Promise<unknown>): Promise<BrokerAuthError> {
  try {
    await work();
  } catch (error) {
    if (isBrokerAuthError(error)) return error;
    throw new Error(`it rejects with something else than a BrokerAuthError: ${String(error)}`, { cause: error });
  }
  throw new Error("it was taken");
}

function same(found: unknown, wanted: unknown): void {
  check(Object.is(found, wanted), `found ${String(found)}, wanted ${String(wanted)}`);
}

function check(holds: boolean, message: string): asserts holds {
  if (!holds) throw new Error(message);
}
