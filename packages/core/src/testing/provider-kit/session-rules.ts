import type { Json } from "../../contract/json.ts";
import { Secret } from "../../contract/secret.ts";
import { altering, answering, breaking } from "./disturbance.ts";
import { check, hasEnd, outcomeOf, refusalOf, same, sameList } from "./expectation.ts";
import { login, logIn, waysOf } from "./login.ts";
import { misshapen, shapeOf } from "./misshapen.ts";
import { operationsOf } from "./operation.ts";
import { hides, holds, secretsIn } from "./printed.ts";
import type { ProviderRule } from "./rule.ts";
import { type Play, valuesOf, watch } from "./witness.ts";

/** What an adapter does with a session that it made. */
export const sessionRules: readonly ProviderRule[] = [
  {
    title: "makes the declared calls of everything else that it does",
    advice:
      "one request where one is enough; each optional member that the provider has is declared in the test environment's `calls`",
    async check(test) {
      const { provider, calls } = test;
      const { context, heard } = watch(test);
      const done = await logIn(test, context);
      heard();
      for (const { name, calls: declared, run } of operationsOf(test, done)) {
        check(
          declared !== undefined,
          `calls.${name}: found none in the test environment, expected it for a provider with ${name}`,
        );
        await run(context);
        sameList(heard(), declared, `the calls of ${name}`);
      }
      // What is declared and not there would not be looked at by any rule.
      for (const name of ["renew", "probe", "revoke", "network", "serverTime", "socket"] as const) {
        const [has, declares] = [provider[name] !== undefined, calls[name] !== undefined];
        check(
          has === declares,
          `calls.${name}: found ${declares} in the test environment, and ${has} for the provider's ${name}`,
        );
      }
    },
  },
  {
    title: "shows no secret of a session by printing",
    advice: "`Secret` in tokens and renewal; `sentTo` masked; warnings without identifiers",
    async check(test, open) {
      for (const way of waysOf(test)) {
        const fresh = await open();
        for await (const { step, credentials } of login(fresh, watch(fresh).context, { way })) {
          if (step.kind === "challenge") {
            // The address of a login page has to show whose app it is.
            if (step.challenge.kind !== "redirect") hides(step.challenge, fresh.markers, "the challenge");
            continue;
          }
          const { headers } = fresh.provider.authorize(step.session, credentials, { path: "/" });
          const sent = valuesOf(Object.entries(headers));
          hides(step, [...secretsIn(step), ...sent, ...fresh.markers], "the session");
        }
      }
    },
  },
  {
    title: "brings tokens back from their stored form, and refuses what is none",
    advice: "a codec that parses every part",
    async check(test) {
      const { context } = watch(test);
      const { session, credentials } = await logIn(test, context);
      const { provider } = test;
      const { tokens } = provider;
      const stored = JSON.parse(JSON.stringify(tokens.encode(session.tokens))) as Json;
      const [fromStore, fromLogin] = [{ ...session, tokens: tokens.decode(stored, tokens.version) }, session].map(
        (one) => JSON.stringify(provider.authorize(one, credentials, { path: "/" })),
      );
      check(
        fromStore === fromLogin,
        "authorize with tokens from the store: found something else than with those of the login",
      );
      for (const junk of [undefined, null, 1, "text", [], {}, ...misshapen(stored)])
        check(
          refuses(() => tokens.decode(junk, tokens.version)),
          `tokens.decode of ${shapeOf(junk)}: it was taken, expected any error`,
        );
    },
  },
  {
    title: "authorises for one origin, by frozen headers that cannot split a request",
    advice: "`Object.freeze`, values checked when they came in; one of the declared `origins`",
    async check(test) {
      const { context } = watch(test);
      const { session, credentials } = await logIn(test, context);
      for (const path of ["/", "/orders?x=1", "//foreign.invalid/", "https://foreign.invalid/"]) {
        const outcome = await outcomeOf(() => test.provider.authorize(session, credentials, { path }), path);
        if ("error" in outcome) continue;
        const { origin, headers } = outcome.value;
        const isDeclared = test.origins.includes(origin) && new URL(origin).origin === origin;
        check(isDeclared, `the origin for ${path}: found ${origin}, expected one of ${test.origins.join(", ")}`);
        check(Object.isFrozen(headers), `the headers for ${path}: they can be changed, expected Object.freeze`);
        check(Object.keys(headers).length > 0, `the headers for ${path}: found none`);
        for (const [name, value] of Object.entries(headers))
          check(/^[\t\x20-\x7e]*$/.test(value), `the header ${name}: found a character in it that no header can carry`);
      }
    },
  },
  {
    title: "finds a live session alive",
    advice: "`probe`: proof, not absence of an error",
    async check(test) {
      if (test.provider.probe === undefined) return;
      const { context } = watch(test);
      const { session, credentials } = await logIn(test, context);
      same(await test.provider.probe(session, credentials, context), "alive", "the probe of a session just made");
    },
  },
  {
    title: "learns nothing about a session from silence, a failing broker or a page",
    advice: '`probe` says "unknown" or throws; "alive" is proven and "dead" is said',
    async check(test) {
      if (test.provider.probe === undefined) return;
      const { context } = watch(test);
      const { session, credentials } = await logIn(test, context);
      const page = "<html><body>Log in to this network</body></html>";
      const plays: readonly [string, Play][] = [
        ["ECONNREFUSED", breaking("ECONNREFUSED")],
        ["ECONNRESET", breaking("ECONNRESET")],
        ...[429, 500, 502].map((status): [string, Play] => [String(status), answering(status)]),
        ...[200, 503].map((status): [string, Play] => [`${status} and a page`, answering(status, page)]),
      ];
      for (const [what, play] of plays) {
        const lent = watch(test, { play: () => play }).context;
        const outcome = await outcomeOf(() => test.provider.probe?.(session, credentials, lent), what);
        if ("value" in outcome) same(outcome.value, "unknown", `the probe with ${what}`);
      }
    },
  },
  {
    title: "renews a session by what outlived it, and a renewal that is none is session_expired",
    advice:
      "`renewal` with each session, and the new one where the broker replaces it; the next session ends by the same rule as after a login",
    async check(test) {
      const { provider } = test;
      if (provider.renew === undefined) return;
      const { context } = watch(test);
      const { renewal } = await logIn(test, context);
      check(renewal !== undefined, "the session of a provider with renew: found no renewal beside it");
      // The second time with what the engine keeps of the first: a token that the broker has replaced is worth nothing.
      let kept = renewal;
      for (const time of ["first", "second"]) {
        context.clock.advance(3_600_000);
        const earliest = context.now();
        const given = kept;
        const outcome = await outcomeOf(() => logIn(test, context, { renewal: given }), `the ${time} renew`);
        check(
          "value" in outcome,
          `the ${time} renew, with the renewal that the one before it left: found ${"error" in outcome ? outcome.error.code : ""}, expected a session`,
        );
        const { session, credentials, renewal: next } = outcome.value;
        const { issuedAt, expiresAt } = session;
        check(
          issuedAt >= earliest,
          `issuedAt after the ${time} renew: found ${issuedAt}, expected ${earliest} or later`,
        );
        hasEnd(expiresAt, `expiresAt after the ${time} renew`);
        same(
          expiresAt,
          test.endsAt(issuedAt),
          `expiresAt after the ${time} renew, against endsAt of the test environment`,
        );
        const state = await provider.probe?.(session, credentials, context);
        check(
          state === undefined || state === "alive",
          `the session of the ${time} renew: found it ${state}, expected alive`,
        );
        kept = next ?? kept;
      }
      const none = { token: new Secret("no-such-renewal-0000"), issuedAt: context.now() };
      await refusalOf(
        () => logIn(test, context, { renewal: none }),
        "a renewal that the broker never gave",
        "session_expired",
      );
    },
  },
  {
    title: "ends a session by revoke, and takes one that is over for ended",
    advice: "`revoke` resolves when the broker says that it is done or that there is none; anything else is an error",
    async check(test) {
      const { provider } = test;
      if (provider.revoke === undefined) return;
      const { context } = watch(test);
      const { session, credentials } = await logIn(test, context);
      for (const status of [429, 500]) {
        const { context: failing } = watch(test, { play: () => answering(status) });
        await refusalOf(() => provider.revoke?.(session, credentials, failing), `revoke answered with ${status}`);
      }
      await provider.revoke?.(session, credentials, context);
      const state = await provider.probe?.(session, credentials, context);
      check(state === undefined || state === "dead", `the session after revoke: found it ${state}, expected dead`);
      const again = await outcomeOf(() => provider.revoke?.(session, credentials, context), "revoke once more");
      check("value" in again, "revoke of a session that is over: it was refused, expected that it resolves");
    },
  },
  {
    title: "reads the broker's clock from a Date header, without showing a credential",
    advice: "`brokerTime` of a call without credentials; no header, no time",
    async check(test) {
      if (test.provider.serverTime === undefined) return;
      const credentials = test.provider.parseCredentials(test.account);
      const at = Math.floor(test.context().now() / 1_000) * 1_000 + 420_000;
      const dated = watch(test, { play: () => altering({ date: new Date(at).toUTCString() }) });
      const found = (await test.provider.serverTime?.(credentials, dated.context)) ?? Number.NaN;
      check(
        Math.abs(found - at) <= 1_000,
        `serverTime: found ${found}, expected ${at} to the second, as the Date header`,
      );
      for (const { line, content, url } of dated.requests) {
        const shown = test.markers.some((marker) => holds(`${content} ${url.href}`, marker));
        check(!shown, `${line}: found a secret of the account in it, expected none`);
      }
      for (const date of [undefined, "tomorrow"]) {
        const { context } = watch(test, { play: () => altering({ date }) });
        await refusalOf(() => test.provider.serverTime?.(credentials, context), `serverTime with the Date ${date}`);
      }
    },
  },
];

/** For brokers where a session can be ended from outside. */
export const endedSession: ProviderRule = {
  title: "finds an ended session dead",
  advice: "`probe`, by the same classify",
  async check(test) {
    if (test.provider.probe === undefined) return;
    const { context } = watch(test);
    const { session, credentials } = await logIn(test, context);
    await test.endSessions();
    same(await test.provider.probe(session, credentials, context), "dead", "the probe of a session that was ended");
  },
};

function refuses(work: () => unknown): boolean {
  try {
    work();
    return false;
  } catch {
    return true;
  }
}
