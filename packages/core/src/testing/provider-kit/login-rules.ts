import type { SessionGrant } from "../../contract/session.ts";
import { totpPeriodMs } from "../../adapter-kit/totp-steps.ts";
import type { ProviderTestEnvironment } from "./test-environment.ts";
import { check, hasEnd, outcomeOf, same, sameList } from "./expectation.ts";
import { accountOf, declaredLogin, login, logIn, type Way, waysOf } from "./login.ts";
import { enrolmentOf } from "./operation.ts";
import { routesOf, setOut } from "./route.ts";
import type { ProviderRule } from "./rule.ts";
import { watch, type Witness } from "./witness.ts";

const hourMs = 3_600_000;

/** What a login comes to, and what it takes. */
export const loginRules: readonly ProviderRule[] = [
  {
    title: "logs in, and hands over a session of this device, issued by the clock that it was lent",
    advice: "`issuedAt` from `context.now()`, and `deviceId: context.deviceId`; no `Date.now()`",
    async check(test) {
      const { context } = watch(test);
      // Away from the host's own time, whatever the test environment begins with.
      context.clock.advance(25 * hourMs + 1_234);
      const earliest = context.now();
      const { session, renewal } = await logIn(test, context);
      const latest = context.now();
      for (const [name, issuedAt] of [
        ["the session", session.issuedAt],
        ["the renewal", renewal?.issuedAt ?? latest],
      ] as const) {
        const expected = `expected ${earliest} to ${latest} by context.now()`;
        check(issuedAt >= earliest && issuedAt <= latest, `issuedAt of ${name}: found ${issuedAt}, ${expected}`);
      }
      same(session.deviceId.reveal(), context.deviceId.reveal(), "the session's device id");
    },
  },
  {
    title: "ends a session exactly when the broker's rule says, and never beyond its reach",
    advice:
      "the earlier of the token's own claim and the daily cut-off, without a margin; a token that claims nothing ends by the broker's rule; `latestExpiry` reckons from its argument",
    async check(test, open) {
      for (const way of waysOf(test)) {
        for (const later of [0, 7 * hourMs, 17 * hourMs + 999, 23.5 * hourMs]) {
          const fresh = await open();
          const { context } = watch(fresh);
          context.clock.advance(later);
          const { session } = await logIn(fresh, context, { way });
          endsInTime(fresh, session, way);
        }
      }
      for (const year of [2000, 2031, 2099]) {
        const at = Date.UTC(year, 5, 1);
        const reach = test.provider.latestExpiry(at);
        check(reach > at, `reach(${at}): found ${reach}, expected a later time than its argument`);
      }
    },
  },
  {
    title: "asks a person for what identify says, in that order",
    advice: "`asks` lists the challenges that these credentials lead to, and nothing else is asked",
    async check(test, open) {
      check(
        test.calls.byHand === undefined || waysOf(test).includes("byHand"),
        "asks: found no more of them without any optional field, expected some, because the test environment declares calls.byHand",
      );
      for (const way of waysOf(test)) {
        const fresh = await open();
        const { context } = watch(fresh);
        const { credentials, asked } = await logIn(fresh, context, { way });
        sameList(asked, fresh.provider.identify(credentials).asks, `what is asked, ${way}`);
      }
    },
  },
  {
    title: "makes the declared calls in their order, each factor written down once, right before it leaves",
    advice:
      "one request for each call; `await context.recordAttempt(...)` as the last thing before it; nothing kept for the next login",
    async check(test, open) {
      for (const way of waysOf(test)) {
        const fresh = await open();
        let lastTotpStep = -1;
        // Twice by one instance: the second login takes as much as the first.
        for (const time of ["first", "second"]) {
          const { context, heard } = watch(fresh, { lastTotpStep });
          const found: string[] = [];
          for await (const { step } of login(fresh, context, { way })) found.push(...heard(), `then a ${step.kind}`);
          const declared = declaredLogin(fresh, way);
          const ends = declared.map((_, index) => (index === declared.length - 1 ? "session" : "challenge"));
          const expected = declared.flatMap((calls, index) => [...calls, `then a ${ends[index]}`]);
          sameList(found, expected, `the ${time} login, ${way}`);
          lastTotpStep = context.lastTotpStep;
          context.clock.advance(2 * totpPeriodMs);
        }
      }
    },
  },
  {
    title: "writes the factors of one request down under one step, and those of another under another",
    advice:
      "the same `step` in each `context.recordAttempt` before a request: what is judged together is counted together, and only that",
    async check(test, open) {
      for (const route of routesOf(test)) {
        const trip = await setOut(await open(), route);
        await trip?.run();
        if (trip !== undefined) stepsByRequest(trip.witness, route);
      }
      const { context } = watch(test);
      const done = await logIn(test, context);
      for (const { name, run } of enrolmentOf(test, done)) {
        const witness = watch(test, { lastTotpStep: context.lastTotpStep });
        // The broker knows nothing of the secret: it is the request that counts.
        await outcomeOf(() => run(witness.context), name);
        stepsByRequest(witness, name);
      }
    },
  },
  {
    title: "says of a typed factor what was typed, and of a configured one nothing",
    advice:
      "`answer` in `context.recordAttempt` only for what a person or a code source gave, in the form that `identify` gives for it",
    async check(test, open) {
      const { provider } = test;
      const whole = provider.identify(provider.parseCredentials(test.account)).factors;
      for (const way of waysOf(test)) {
        const fresh = await open();
        const { context } = watch(fresh);
        const { credentials, typed } = await logIn(fresh, context, { way });
        const configured = fresh.provider.identify(credentials).factors;
        for (const { factor, step, answer } of context.spent) {
          if (factor === "sms") continue;
          const what = `the answer of the ${factor} spent at ${step}, ${way}`;
          if (configured[factor] !== undefined) {
            check(answer === undefined, `${what}: found one, expected none: it came from the configuration`);
            continue;
          }
          check(answer !== undefined, `${what}: found none, expected what was given`);
          // What was typed stands in the account as well: a refused one has to be known again there.
          const isConfigured = typed.some((text) => Object.values(test.account).includes(text));
          check(
            factor !== "mpin" || !isConfigured || answer.reveal() === whole[factor]?.reveal(),
            `${what}: found another form than identify gives for the same MPIN in the account`,
          );
        }
      }
    },
  },
  {
    title: "takes a TOTP time step once, and says which",
    advice: "`takeTotpCode`, which waits for a step that nobody has used; `totpStep` with every typed code",
    async check(test, open) {
      const { provider } = test;
      for (const way of waysOf(test)) {
        for (const intoStepMs of [10_000, 29_500]) {
          const fresh = await open();
          const start = fresh.context().now();
          const step = Math.floor(start / totpPeriodMs) + 2;
          const { asks } = provider.identify(provider.parseCredentials(accountOf(test, way)));
          // Where a person types the code, it is the person who waits.
          const lastTotpStep = asks.includes("totp") ? step - 1 : step;
          const { context } = watch(fresh, { lastTotpStep });
          context.clock.set(step * totpPeriodMs + intoStepMs);
          await logIn(fresh, context, { way });
          for (const spent of context.spent.filter(({ factor }) => factor === "totp")) {
            const found = spent.totpStep ?? Number.NaN;
            const what = `the time step of a code, ${way}, ${intoStepMs} ms into step ${step}, step ${lastTotpStep} used`;
            check(found > lastTotpStep, `${what}: found ${found}, expected a later one than that`);
            check(
              found <= Math.floor(context.now() / totpPeriodMs),
              `${what}: found ${found}, which has not begun at ${context.now()}`,
            );
          }
        }
      }
    },
  },
];

function stepsByRequest({ context, requests }: Witness, what: string): void {
  const taken = new Set<string>();
  for (const [nth, { line, attempts }] of requests.entries()) {
    const own = context.spent
      .slice(requests[nth - 1]?.attempts ?? 0, attempts)
      .filter(({ factor }) => factor !== "sms");
    const steps = new Set(own.map(({ step }) => step));
    check(steps.size <= 1, `the steps of ${line}, ${what}: found ${[...steps].join(" and ")}, expected one`);
    for (const step of steps) {
      check(!taken.has(step), `the step of ${line}, ${what}: found ${step}, which is the step of an earlier request`);
      taken.add(step);
    }
  }
}

function endsInTime(test: ProviderTestEnvironment, { issuedAt, expiresAt }: SessionGrant<unknown>, way: Way): void {
  const what = `expiresAt of a session issued at ${issuedAt}, ${way}`;
  hasEnd(expiresAt, what);
  same(expiresAt, test.endsAt(issuedAt), `${what}, against endsAt of the test environment`);
  const { provider } = test;
  const furthest = provider.latestExpiry(issuedAt);
  check(
    expiresAt <= furthest,
    `expiresAt: found ${expiresAt}, which is beyond latestExpiry(${issuedAt}) = ${furthest}`,
  );
  if (provider.traits.dailyCutoff !== true) return;
  same(provider.latestExpiry(furthest - 1), furthest, "latestExpiry just before a daily cut-off");
}
