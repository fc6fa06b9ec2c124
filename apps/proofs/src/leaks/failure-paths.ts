import { memoryStore, type TokenStore } from "@x/core";
import { kotakNeoScenarios, nubraScenarios } from "@x/sandbox";
import type {
  BrokerScenario,
  TestAccountName,
  TestAuth,
  TestEngineChanges,
  TestEnvironment,
} from "@x/test-environment";
import type { ProofContext } from "../harness/proof.ts";
import { requests } from "../harness/requests.ts";
import { rewriteRecords } from "../harness/rewritten-records.ts";
import { typedCodes } from "../harness/typed-codes.ts";
import type { LeakAccounts } from "../secrets/leak-accounts.ts";
import type { Overheard } from "../secrets/overheard.ts";

// Calls that a scenario lets hang or crawl are given up after this.
const shortWaitMs = 40;

/** What a failure path is driven with. */
export interface Recording {
  readonly accounts: LeakAccounts;
  readonly overheard: Overheard;
  readonly store: TokenStore;
}

/** Drives one way in which something goes wrong. */
export type FailurePath = (test: TestEnvironment, recording: Recording) => Promise<void>;

/** Every scenario of both sandboxes, from the start and in the middle of a session, and what no scenario plays. */
export function failurePaths({ scale, random }: ProofContext): readonly FailurePath[] {
  const played = (["main", "hedge"] as const).flatMap((name) =>
    scenariosOf(name).flatMap((scenario) => [
      playedFromTheStart(name, scenario),
      playedInASession(name, scenario),
      ...(name === "main" ? [playedOnSms(scenario)] : []),
    ]),
  );
  const own = [
    ...(["main", "hedge"] as const).flatMap((name) =>
      [0, 1, 2, 3].flatMap((good) => [
        talkativeNetwork(name, good),
        ...[200, 400, 401, 403, 429, 440, 500].map((status) => repeatingBroker(name, good, status)),
      ]),
    ),
    ...damages.map(damagedRecords),
  ];
  const all = [...played, ...own];
  return [wrongAnswers, ...(scale === "full" ? all : all.filter(() => random() < 0.07))];
}

const failureStyles = ["", "status-401", "message", "detail", "empty", "docs", "bare", "gateway"] as const;

function scenariosOf(name: TestAccountName): readonly BrokerScenario[] {
  const variants: Readonly<Record<string, readonly Omit<BrokerScenario, "name">[]>> = {
    "echo-secrets": [{}, ...[401, 403, 440, 500, 200].map((status) => ({ status })), { acted: true }],
    "html-page": [{}, { status: 200 }, { status: 400 }, { status: 401 }, { status: 440 }],
    "server-error": [{}, { status: 503 }, { acted: true }],
    "rate-limit": [{}, { retryAfterSeconds: 3 }],
    redirect: [{}, { status: 307 }],
    reset: [{}, { acted: true }],
    "huge-body": [{ bytes: 400_000 }],
    "gzip-bomb": [{ bytes: 1_000_000 }],
    "truncated-json": [{}, { cut: true }],
    slow: [{ ms: 3 * shortWaitMs }],
    "slow-bytes": [{ everyMs: 2 }],
    "clock-skew": [{ skewMs: 95_000 }, { skewMs: -3_600_000 }],
    ...Object.fromEntries(
      "wrong-pin wrong-totp wrong-otp wrong-ucc wrong-access-token session-expired"
        .split(" ")
        .map((one) => [one, failureStyles.map((failureStyle) => ({ failureStyle }))]),
    ),
  };
  const known = Object.keys(name === "main" ? nubraScenarios : kotakNeoScenarios) as BrokerScenario["name"][];
  return known.flatMap((scenario) => (variants[scenario] ?? [{}]).map((variant) => ({ name: scenario, ...variant })));
}

function engine(test: TestEnvironment, recording: Recording, changes: TestEngineChanges = {}): TestAuth {
  const { accounts, overheard, store } = recording;
  const auth = test.engine({ ...accounts.configured, store, timeoutMs: 10 * shortWaitMs, ...changes });
  auth.on((event) => overheard.event(event));
  return auth;
}

/** A broker that waits is left soon; every other answer is there long before. */
function patience(scenario: BrokerScenario): TestEngineChanges {
  return /^(slow|slow-bytes|hang)$/.test(scenario.name) ? { timeoutMs: shortWaitMs } : {};
}

function playedFromTheStart(name: TestAccountName, scenario: BrokerScenario): FailurePath {
  return async (test, recording) => {
    test.play(name, scenario, scenario.name === "clock-skew" ? "*" : name);
    const auth = engine(test, recording, patience(scenario));
    await useEverything(auth, name, recording);
    test.clock.advance(300_000);
    await useEverything(auth, name, recording);
  };
}

function playedInASession(name: TestAccountName, scenario: BrokerScenario): FailurePath {
  return async (test, recording) => {
    const auth = engine(test, recording, patience(scenario));
    await recording.overheard.run(() => auth.session(name));
    test.play(name, scenario, scenario.name === "clock-skew" ? "*" : name);
    await useEverything(auth, name, recording);
  };
}

/** A person types the code of an SMS, at first a wrong one, then asks for a new one. */
function playedOnSms(scenario: BrokerScenario): FailurePath {
  return async (test, recording) => {
    const { overheard, accounts } = recording;
    if (["leading-zero", "clock-skew"].includes(scenario.name)) return;
    test.play("main", scenario, "sms");
    const auth = engine(test, recording, { ...accounts.bySms, ...patience(scenario) });
    const { otp: newest } = typedCodes(test, "sms");
    await overheard.run(() => auth.session("main"));
    const progress = await overheard.run(() => auth.beginLogin("main"));
    if (progress?.kind === "challenge") {
      const wrong = String((Number(newest()) + 1) % 1_000_000).padStart(6, "0");
      await overheard.run(() => auth.answerLogin("main", progress.handle, { kind: "otp", value: `${newest()}x` }));
      await overheard.run(() => auth.answerLogin("main", progress.handle, { kind: "otp", value: wrong }));
    }
    let asked = 0;
    const otp = (): string | { resend: true } => (asked++ === 0 ? { resend: true } : newest());
    await overheard.run(() => auth.login("main", { otp }));
    await useEverything(auth, "main", recording);
  };
}

/** All that a program can ask the library for. Headers and socket frames are secrets by their nature, and so is what a broker answers. */
async function useEverything(auth: TestAuth, name: TestAccountName, { overheard, accounts }: Recording): Promise<void> {
  const { read, order } = requests[name];
  const reads = {
    main: ["/reports/contract-note?date=2099-01-01", "/nowhere"],
    hedge: ["/portfolio/v1/holdings", "/script-details/1.0/quotes/neosymbol/x"],
  }[name];
  const own = `?own=${accounts.ownQuery}`;
  await overheard.run(async () => [auth, await auth.session(name)]);
  await overheard.run(() => auth.loginAll());
  for (const path of [read.path + own, ...reads]) await overheard.run(() => auth.fetch(name, path, { signal: soon() }));
  await overheard.run(() => auth.fetch(name, order.path + own, { ...order.init, signal: soon() }));
  await overheard.run(() => auth.network(name));
  await overheard.run(async () => {
    const { frames: _, headers: __, ...plan } = await auth.socket(name, "orders");
    return plan;
  });
  await overheard.run(async () => void (await auth.headers(name)));
  await overheard.run(() => auth.origin(name));
  await overheard.run(() => auth.enableTotp(name, { save: () => undefined }));
  await overheard.run(() => auth.disableTotp(name));
  await overheard.run(() => auth.status(name));
  await overheard.run(() => auth.logout(name));
  await overheard.run(() => auth.session(name));
  await overheard.run(() => auth.unlock(name));
}

function soon(): AbortSignal {
  return AbortSignal.timeout(3 * shortWaitMs);
}

/** Secrets where they do not belong: in addresses, in answers, in handles, in purposes. */
async function wrongAnswers(test: TestEnvironment, recording: Recording): Promise<void> {
  const { overheard, accounts } = recording;
  const { main, hedge } = accounts.configured;
  const auth = engine(test, recording, {
    main: { ...main, totpSecret: undefined, mpin: undefined },
    hedge: { ...hedge, totpSecret: undefined, mpin: undefined },
  });
  for (const value of Object.values(accounts.markers)) {
    for (const name of ["main", "hedge"] as const) {
      const progress = await overheard.run(() => auth.beginLogin(name));
      const handle = progress?.kind === "challenge" ? progress.handle : "";
      for (const kind of ["otp", "totp", "mpin", "redirect"] as const) {
        await overheard.run(() => auth.answerLogin(name, handle, { kind, value }));
        await overheard.run(() => auth.answerLogin(name, value, { kind, value }));
        await overheard.run(() => auth.login(name, { [kind]: () => `${value} ` }));
      }
      await overheard.run(() => auth.socket(name, value));
      await overheard.run(() => auth.headers(name, { purpose: value }));
      const text = encodeURIComponent(value);
      const init = { method: "POST", body: value, headers: { "x-own": text } };
      for (const address of [`/x?token=${text}#${text}`, `https://user:${text}@host.test/?key=${text}`, text])
        await overheard.run(() => auth.fetch(name, address, init));
    }
    test.clock.advance(30_000);
  }
}

/** A network whose errors tell everything they know, as those of some HTTP clients do. */
function talkativeNetwork(name: TestAccountName, good: number): FailurePath {
  return badNetwork(name, good, (request, body) => {
    const facts = { url: request.url, headers: Object.fromEntries(request.headers), body };
    const cause = Object.assign(new Error(JSON.stringify(facts)), { code: "ECONNRESET", facts, request });
    throw Object.assign(new TypeError(`fetch failed: ${JSON.stringify(facts)}`, { cause }), { facts, config: facts });
  });
}

/** A broker whose answers repeat the request in every field that is known to be looked at. */
function repeatingBroker(name: TestAccountName, good: number, status: number): FailurePath {
  return badNetwork(name, good, (request, posted, calls) => {
    const carried = [...request.headers.values(), ...posted.split(/[":,{}]+/)];
    const secrets = carried.filter((text) => text.length > 4);
    const text = secrets[calls % secrets.length] ?? "";
    const fields = ["error", "message", "detail", "errMsg", "emsg", "description", "nubra_error_code"];
    const codes = ["code", "errorCode", "stCode", "status", "stat", "next", "type", "tid"];
    const body = Object.fromEntries([...fields, ...codes].map((field) => [field, text]));
    const all = { ...body, message: secrets.join(" "), fault: body, attempts_left: 3 };
    return Response.json(all, { status, headers: { "retry-after": text.replaceAll(/[^!-~]/g, "") } });
  });
}

/** @param good so many calls come through first */
function badNetwork(
  name: TestAccountName,
  good: number,
  answer: (request: Request, body: string, calls: number) => Response | Promise<Response>,
): FailurePath {
  return async (test, recording) => {
    let calls = 0;
    const bad: typeof fetch = async (input, init) => {
      if (calls++ < good) return fetch(input, init);
      const request = new Request(input, init);
      return answer(request, await request.clone().text(), calls);
    };
    await useEverything(engine(test, recording, { fetch: bad }), name, recording);
  };
}

const damages: readonly ((text: string) => string)[] = [
  (text) => text.slice(0, text.length / 2),
  (text) => text.slice(text.length / 3),
  (text) => text.replace(/"version":2/, '"version":9'),
  (text) => text.replace(/"tokensVersion":1/, '"tokensVersion":9'),
  (text) => text.replace(/"tokens":\{/, '"tokens":{"unknown":1,'),
  (text) => text.replace(/"(sessionToken|token)":"/, '"$1":5,"was":"'),
  (text) => text.replace(/"identity":"/, '"identity":"x'),
  (text) => text.replaceAll('"', "'"),
  (text) => `[${text}]`,
  () => "",
];

/** Records that were cut, changed, exchanged or written by another version, in a store that does not seal them. */
function damagedRecords(damage: (text: string) => string): FailurePath {
  return async (test, recording) => {
    const store = memoryStore();
    const here = { ...recording, store };
    for (const name of ["main", "hedge"] as const)
      await recording.overheard.run(() => engine(test, here).session(name));
    await rewriteRecords(store, damage);
    for (const name of ["main", "hedge"] as const) await useEverything(engine(test, here), name, here);
  };
}
