import type { ProviderTestEnvironment } from "./test-environment.ts";
import { check, outcomeOf, refusalOf, same, sameList } from "./expectation.ts";
import { altering, type Disturbance, disturbLogins } from "./disturbance.ts";
import { declaredLogin, login, logIn, type Way, waysOf } from "./login.ts";
import { enrolmentOf, operationsOf } from "./operation.ts";
import { holds, secretsIn } from "./printed.ts";
import type { ProviderRule } from "./rule.ts";
import { type Play, type SeenRequest, watch } from "./witness.ts";

/** Where an adapter's calls go, and how they end. */
export const wireRules: readonly ProviderRule[] = [
  {
    title: "sends through the fetch that it was lent, to the declared origins, with no secret in an address",
    advice:
      "`callBroker`, or `context.fetch` with addresses that passed `trustedUrl`; secrets in headers and bodies alone, but for the test environment's `tokenInAddress`; in a socket's plan `query`",
    async check(test, open) {
      for (const way of waysOf(test)) {
        const fresh = await open();
        const witness = watch(fresh);
        const done = await logIn(fresh, witness.context, { way });
        const plans: (readonly [string, unknown])[] = [];
        for (const { name, run } of operationsOf(fresh, done)) plans.push([name, await run(witness.context)]);
        staysAtHome(fresh, witness.requests);
        same(fresh.arrived(), witness.requests.length, "requests at the broker, against those through context.fetch");
        const secrets = [...fresh.markers, ...done.typed, ...secretsIn(done.session.tokens)];
        const shows = ({ pathname, search }: URL): boolean =>
          secrets.some((secret) => secret.length > 3 && holds(pathname + search, secret));
        for (const { line, url } of witness.requests) {
          const wanted = fresh.tokenInAddress?.includes(line.replace(/^.*> /, "")) === true;
          const [found, expected] = shows(url)
            ? ["a secret", "none"]
            : ["none", "the token that tokenInAddress declares"];
          check(shows(url) === wanted, `the address of ${line}: found ${found} in it, expected ${expected}`);
        }
        for (const [name, plan] of plans) {
          const url = addressIn(plan);
          check(url === undefined || !shows(url), `the address of ${name}: found a secret in it, expected it in query`);
        }
      }
    },
  },
  {
    title: "follows no redirect",
    advice: '`redirect: "manual"`, as `callBroker` has it: a followed one takes headers and body to another host',
    async check(test, open) {
      const redirects = [301, 302, 303, 307, 308].map((status) => redirecting(status));
      await disturbLogins(test, open, redirects, ({ name, outcome, witness, nth }) => {
        check("error" in outcome, `${name}: found a session, expected an error`);
        same(witness.requests.length, nth + 1, `the calls up to ${name}`);
      });
      const { context, requests } = watch(test);
      const done = await logIn(test, context);
      for (const { run } of operationsOf(test, done)) await run(context);
      for (const { line, redirect } of requests)
        check(redirect !== "follow", `${line}: found redirect "follow", which is the default, expected "manual"`);
    },
  },
  {
    title: "goes to no address that an answer names, unless it is the broker's",
    advice: "`trustedUrl` for each address out of an answer, before anything is sent or authorised there",
    async check(test, open) {
      for (const way of waysOf(test)) {
        const fresh = await open();
        const witness = watch(fresh, { play: () => renaming });
        const what = "a login whose answers name foreign hosts";
        const outcome = await outcomeOf(() => logIn(fresh, witness.context, { way }), what);
        staysAtHome(fresh, witness.requests);
        if ("error" in outcome) continue;
        const { session, credentials } = outcome.value;
        const { origin } = fresh.provider.authorize(session, credentials, { path: "/" });
        isHome(fresh, origin, `the origin that authorize gives after ${what}`);
      }
      const { context } = watch(test);
      const done = await logIn(test, context);
      const misled = watch(test, { play: () => renaming, lastTotpStep: context.lastTotpStep });
      for (const { name, run } of operationsOf(test, done)) {
        for (const [lent, what] of [
          [context, name],
          [misled.context, `${name}, whose answers name foreign hosts`],
        ] as const) {
          if (name === "revoke" && lent === context) continue;
          const outcome = await outcomeOf(() => run(lent), what);
          const url = "value" in outcome ? addressIn(outcome.value) : undefined;
          if (url !== undefined) isHome(test, url.origin, `the address of ${what}`);
        }
      }
      staysAtHome(test, misled.requests);
    },
  },
  {
    title: "reads no answer without end",
    advice: "`callBroker`, which has a cap; without it count the bytes, and stop",
    async check(test, open) {
      let read = 0;
      const endless = (): Disturbance => ({
        name: "an answer without end",
        play() {
          read = 0;
          const body = endlessBody((bytes) => (read += bytes));
          return new Response(body, { headers: { "content-type": "application/json" } });
        },
      });
      await disturbLogins(test, open, [endless], ({ name, outcome }) => {
        check("error" in outcome, `${name}: found a session, expected an error`);
        check(read < largestRead, `${name}: found ${read} bytes read, expected less than ${largestRead}`);
      });
    },
  },
  {
    title: "makes no call when its signal has fired, and none after that",
    advice: "`context.signal` is looked at before each call and given to `fetch`; both end in `aborted`",
    async check(test, open) {
      for (const way of waysOf(test)) await stopsBefore(test, open, way);
      const { context } = watch(test);
      const done = await logIn(test, context);
      const gone = watch(test, { signal: AbortSignal.abort(), lastTotpStep: context.lastTotpStep });
      for (const { name, calls, run } of [...operationsOf(test, done), ...enrolmentOf(test, done)]) {
        if (calls?.length === 0) continue;
        await refusalOf(() => run(gone.context), `${name} after its signal`, "aborted");
        sameList(
          gone.heard().filter((line) => !line.endsWith(">")),
          [],
          `the calls of ${name} after its signal`,
        );
      }
      await disturbLogins(test, open, [leaving], ({ name, outcome, witness, nth }) => {
        const code = "error" in outcome ? outcome.error.code : "a session";
        same(code, "aborted", name);
        same(witness.requests.length, nth + 1, `the calls up to ${name}`);
      });
    },
  },
];

/** The address of a socket's plan; undefined for whatever else an operation gives. */
function addressIn(given: unknown): URL | undefined {
  const { url } = (given ?? {}) as { readonly url?: unknown };
  return typeof url === "string" ? new URL(url) : undefined;
}

function staysAtHome(test: ProviderTestEnvironment, requests: readonly SeenRequest[]): void {
  for (const { url, line } of requests) isHome(test, url.origin, `the address of ${line}`);
}

function isHome({ origins }: ProviderTestEnvironment, origin: string, what: string): void {
  check(origins.includes(origin), `${what}: found ${origin}, expected one of ${origins.join(", ")}`);
}

function redirecting(status: number): () => Disturbance {
  return () => ({
    name: `a ${status} to another host`,
    play({ redirect }) {
      // As the platform's own fetch does it where it is told to fail.
      if (redirect === "error") throw new TypeError("fetch failed", { cause: new Error("unexpected redirect") });
      return new Response(null, { status, headers: { location: "https://foreign.invalid/elsewhere" } });
    },
  });
}

// A look-alike in place of every host that an answer names.
const renaming: Play = altering({
  text: (text) => text.replaceAll(/\b(https?|wss?):\/\/([^/:"\\\s]+)(:\d+)?/g, "$1://$2.foreign.invalid"),
});

// Far more than any answer of a login, and no more than a test's memory bears.
const largestRead = 6 * 2 ** 20;

function endlessBody(count: (bytes: number) => void): ReadableStream<Uint8Array> {
  const chunk = new TextEncoder().encode(" ".repeat(2 ** 16));
  let left = 8 * 2 ** 20;
  return new ReadableStream({
    pull(controller) {
      if (left <= 0) return controller.close();
      left -= chunk.byteLength;
      count(chunk.byteLength);
      controller.enqueue(chunk.slice());
    },
  });
}

// The signal fires while the call is on its way: fetch rejects if it was given the signal, and answers as if nothing was if not.
function leaving(): Disturbance {
  const controller = new AbortController();
  return {
    name: "the signal fired on the way",
    signal: controller.signal,
    play({ signal }, pass) {
      controller.abort();
      signal.throwIfAborted();
      return pass();
    },
  };
}

/** Every step of a login on its own, with a signal that has fired before it. */
async function stopsBefore(
  test: ProviderTestEnvironment,
  open: () => Promise<ProviderTestEnvironment>,
  way: Way,
): Promise<void> {
  for (const [index, calls] of declaredLogin(test, way).entries()) {
    const fresh = await open();
    const controller = new AbortController();
    const { context, requests } = watch(fresh, { signal: controller.signal });
    const stages = login(fresh, context, { way });
    for (let step = 0; step < index; step++) await stages.next();
    controller.abort();
    const before = requests.length;
    const what = `step ${index + 1} of a login after its signal, ${way}`;
    if (calls.length > 0) await refusalOf(() => stages.next(), what, "aborted");
    else await stages.next();
    same(requests.length, before, `the calls so far with ${what}`);
  }
}
