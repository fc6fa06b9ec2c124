import { isBrokerAuthError, memoryStore } from "@x/core";
import { isLoopback } from "@x/core/adapter";
import type { KotakNeoTokens } from "@x/kotak-neo";
import type { Sandbox } from "@x/sandbox";
import {
  openTestEnvironment,
  type TestAccountName,
  type TestAuth,
  type TestEngineChanges,
  type TestEnvironment,
} from "@x/test-environment";
import { hostileAddresses } from "./hostile-address.ts";
import { counted, type Proof, type ProofContext, total } from "../harness/proof.ts";
import { addressOf, requests } from "../harness/requests.ts";
import { rewriteRecords } from "../harness/rewritten-records.ts";
import { oneOf } from "../harness/sample.ts";
import { typedCodes } from "../harness/typed-codes.ts";

export const proof: Proof = {
  promises: ["P7"],
  bar: "redirects of every status at every call, addresses given by the server, by the store, by the program: requests at the foreign host 0",
  async run(context) {
    const found = newFound();
    await followRedirects(found, context);
    await useGivenAddresses(found, context);
    await askForeignAddresses(found, context);
    return counted(found);
  },
};

const newFound = () => ({
  redirected: total("calls redirected"),
  missed: total("kinds of them not reached", { exactly: 0 }),
  addresses: total("hostile addresses in answers"),
  kept: total("sessions that kept one", { exactly: 0 }),
  own: total("sessions that did not keep the broker's own", { exactly: 0 }),
  asked: total("requests and configurations with one"),
  arrived: total("requests at a foreign host", { exactly: 0 }),
  controls: total("of the controls that were sent there on purpose", { exactly: 2 }),
});
type Found = ReturnType<typeof newFound>;

/** Every call of every step is led away, by every status. A step is only reached if the ones before it are answered properly. */
async function followRedirects(found: Found, { scale, random }: ProofContext): Promise<void> {
  const statuses = [300, 301, 302, 303, 304, 305, 306, 307, 308, 399];
  const names = ["main", "hedge"] as const;
  const steps = names.flatMap((name) => redirectedSteps[name].split(" ").map((step) => ({ name, step })));
  for (const { name, step } of steps) {
    for (const status of scale === "full" ? statuses : [307, oneOf(statuses, random)]) {
      for (let target = 0; target < (scale === "full" ? 3 : 1); target++) {
        await using test = await openTestEnvironment();
        const location = scale === "full" ? locations(test.sandbox)[target] : oneOf(locations(test.sandbox), random);
        test.play(name, { name: "redirect", status, step, location }, "*");
        await journey(test, name);
        const led = test.sandbox.journal.count({ step, outcome: "fault" });
        found.redirected.add(led);
        found.missed.add(led === 0);
        found.arrived.add(arrived(test));
      }
    }
  }
}

/** Absolute, as the scenario has it by itself; relative to the scheme; and with a user in front. */
function locations({ elsewhereUrl }: Sandbox): readonly (string | undefined)[] {
  const user = elsewhereUrl.replace("127.0.0.1", "main:secret@127.0.0.1");
  return [undefined, elsewhereUrl.replace("http:", ""), `${user}/caught`];
}

const redirectedSteps = {
  main: "sendphoneotp verifyphoneotp totp-login verifypin userinfo ip-validate holdings order logout totp-generate-secret totp-enable totp-disable",
  hedge: "client-ip login validate positions limits place-order",
} as const;

/** Everything that a program can ask for; what comes of each part is of no interest here. */
async function journey(test: TestEnvironment, name: TestAccountName): Promise<void> {
  const auth = test.engine();
  const bySms = { main: { ...test.sandbox.nubra.accountInput("sms"), totpSecret: undefined } };
  const atNubra = [
    () => auth.enableTotp(name, { save: () => undefined }),
    () => auth.disableTotp(name),
    () => auth.logout(name),
    () => test.engine(bySms).login("main", typedCodes(test, "sms")),
  ];
  const parts = [
    () => auth.session(name),
    // A report that says 440 is answered by a question at /userinfo.
    ...Object.values(requests[name]).map(
      ({ path, init }) =>
        () =>
          auth.fetch(name, path, init),
    ),
    () => auth.network(name),
    () => auth.socket(name, "orders"),
    ...(name === "main" ? atNubra : [() => auth.logout(name)]),
  ];
  for (const part of parts) await quietly<unknown>(part);
}

/** What the brokers' answers say about addresses: call 2 of Kotak Neo's login, and Nubra's /userinfo. */
const ownAddresses = {
  baseUrl: "https://e21.kotaksecurities.com",
  feedUrl: "https://feed.kotaksecurities.com/apifeed",
  rtUrl: "https://rt.kotaksecurities.com/realtime",
  user_ws_url: "wss://api.nubra.io/ws",
  market_ws_url: "wss://api.nubra.io/apibatch/ws",
};
type Addresses = Readonly<typeof ownAddresses>;

/** The brokers as they are in production, under their own addresses, with a name service that sends every stranger to the trap. */
function production(test: TestEnvironment, given: Partial<Addresses> = {}): typeof fetch {
  const { nubra, kotakNeo, elsewhereUrl } = test.sandbox;
  const hosts: Readonly<Record<string, string>> = {
    "https://api.nubra.io": nubra.url,
    "https://mis.kotaksecurities.com": kotakNeo.loginUrl,
  };
  const { baseUrl, feedUrl, rtUrl, user_ws_url, market_ws_url } = { ...ownAddresses, ...given };
  return async (input, init) => {
    const address = addressOf(input);
    const ours = isUnder(address, "nubra.io", "kotaksecurities.com");
    const there = ours ? (hosts[address.origin] ?? kotakNeo.tradingUrl) : elsewhereUrl;
    const answer = await fetch(new Request(there + address.pathname + address.search, new Request(input, init)));
    if (address.pathname === "/userinfo") return withFields(answer, "env_info", { user_ws_url, market_ws_url });
    if (address.pathname.endsWith("/tradeApiValidate")) return withFields(answer, "data", { baseUrl, feedUrl, rtUrl });
    return answer;
  };
}

async function withFields(answer: Response, part: string, fields: object): Promise<Response> {
  const body = (await answer.json()) as Readonly<Record<string, object>>;
  const changed = body[part] === undefined ? body : { ...body, [part]: { ...body[part], ...fields } };
  return Response.json(changed, { status: answer.status, headers: { date: answer.headers.get("date") ?? "" } });
}

// Hosts of the brokers' own that the sandbox has no part for: whoever owns the domain owns them.
function isUnder(address: URL, ...domains: readonly string[]): boolean {
  const secure = /^(https|wss):$/.test(address.protocol) && address.port === "";
  return secure && domains.some((domain) => address.hostname === domain || address.hostname.endsWith(`.${domain}`));
}

const inProduction: TestEngineChanges = {
  main: { environment: undefined, baseUrl: undefined },
  hedge: { environment: undefined, loginBaseUrl: undefined },
};

/** Addresses of hosts that a broker's answer, or a store that somebody else writes to, names for the session. */
async function useGivenAddresses(found: Found, context: ProofContext): Promise<void> {
  await using test = await openTestEnvironment();
  const { journal } = test.sandbox;
  await quietly(() => production(test)("https://trading.example.net/caught"));
  found.controls.add(arrived(test));
  const mark = journal.mark();
  for (const address of hostileAddresses(context)) {
    for (const field of ["baseUrl", "feedUrl", "rtUrl"] as const) {
      if (context.scale === "short" && context.random() < 0.6) continue;
      found.addresses.add(1);
      // An account that nobody has used: what was refused before must not stand in the way.
      const given = production(test, { [field]: address });
      const auth = test.engine({ ...inProduction, store: memoryStore(), fetch: given });
      found.kept.add((await useSession(auth, test)) === "with a stranger's address");
      test.clock.advance(30_000);
    }
    found.addresses.add(1);
    await openNubraSockets(found, test, address);
  }
  for (const address of hostileAddresses(context).filter(() => context.scale === "full" || context.random() < 0.2)) {
    found.addresses.add(1);
    found.own.add((await useStoredAddress(test, address)) !== "with the broker's addresses");
  }
  found.arrived.add(journal.count({ listener: "elsewhere", after: mark }));
}

type Usage = "with the broker's addresses" | "with a stranger's address" | "none";

/** Logs in, and uses the session wherever it can be used. */
async function useSession(auth: TestAuth, test: TestEnvironment): Promise<Usage> {
  const session = await quietly(() => auth.session("hedge"));
  if (session === undefined) return "none";
  const { read, order } = requests.hedge;
  for (const { path, init } of [read, order]) await quietly(() => auth.fetch("hedge", path, init));
  for (const purpose of ["market", "orders"]) await quietly(() => openSocket(auth, test, "hedge", purpose));
  const { baseUrl, feedUrl, rtUrl } = session.tokens as KotakNeoTokens;
  const given = [baseUrl, feedUrl, rtUrl].filter((url) => url !== undefined);
  const own = given.every((url) => isUnder(new URL(url), "kotaksecurities.com"));
  return own ? "with the broker's addresses" : "with a stranger's address";
}

/** Nubra names its sockets in an answer of their own. */
async function openNubraSockets(found: Found, test: TestEnvironment, address: string): Promise<void> {
  const given = production(test, { user_ws_url: address.replace(/^http/, "ws"), market_ws_url: address });
  const auth = test.engine({ ...inProduction, fetch: given });
  for (const purpose of ["market", "orders"]) {
    const url = await quietly(() => openSocket(auth, test, "main", purpose));
    found.kept.add(url !== undefined && !isUnder(url, "nubra.io"));
  }
}

/** As a program would: it goes where the plan says, and shows the token there. */
async function openSocket(auth: TestAuth, test: TestEnvironment, name: TestAccountName, purpose: string): Promise<URL> {
  const plan = await auth.socket(name, purpose);
  const body = plan.frames.map((frame) => frame.reveal()).join("\n");
  await production(test)(plan.url.replace(/^ws/, "http"), { method: "POST", body });
  return new URL(plan.url);
}

/** A good session whose addresses are changed where it lies. Tells what the session was before that. */
async function useStoredAddress(test: TestEnvironment, address: string): Promise<Usage> {
  const store = memoryStore();
  const changes = { ...inProduction, store, fetch: production(test) };
  const before = await useSession(test.engine(changes), test);
  test.clock.advance(30_000);
  const own = Object.values(ownAddresses).map((url) => JSON.stringify(url));
  await rewriteRecords(store, (text) => own.reduce((all, url) => all.replaceAll(url, JSON.stringify(address)), text));
  await useSession(test.engine(changes), test);
  return before;
}

/** A program's own requests to a foreign place, and configurations of the sandbox environment that name one. */
async function askForeignAddresses(found: Found, context: ProofContext): Promise<void> {
  await using test = await openTestEnvironment();
  const fetch = production(test);
  await quietly(() => fetch("https://trading.example.net/caught"));
  found.controls.add(arrived(test));
  const mark = test.sandbox.journal.mark();
  const auth = test.engine({ ...inProduction, fetch });
  for (const address of hostileAddresses(context)) {
    for (const name of ["main", "hedge"] as const) {
      const tail = address.replace(/^[a-z]+:/i, "");
      const forms = ["/", "/\\", "/@", "/.."].map((start) => start + tail);
      for (const input of [address, `${address}/x`, tail, ...forms, `\t${address}`]) {
        found.asked.add(1);
        await quietly(() => auth.fetch(name, input));
        await quietly(() => auth.fetch(name, input, { ...requests[name].order.init, replay: true }));
        if (URL.canParse(input)) await quietly(() => auth.fetch(name, new URL(input)));
      }
    }
    // The sandbox environment is this machine, so an address of this machine is none too many there.
    if (URL.canParse(address) && isLoopback(new URL(address).hostname)) continue;
    found.asked.add(1);
    for (const changes of [{ main: { baseUrl: address } }, { hedge: { loginBaseUrl: address } }]) {
      await quietly(async () => test.engine({ ...changes, store: memoryStore(), fetch }).loginAll());
    }
  }
  found.arrived.add(test.sandbox.journal.count({ listener: "elsewhere", after: mark }));
}

function arrived(test: TestEnvironment): number {
  return test.sandbox.journal.count({ listener: "elsewhere" });
}

async function quietly<Result>(work: () => Promise<Result> | Result): Promise<Result | undefined> {
  try {
    const result = await work();
    if (result instanceof Response) await result.body?.cancel();
    return result;
  } catch (error) {
    // Only what the library says of itself is an answer; a mistake of this proof must not look like one.
    if (isBrokerAuthError(error) || error instanceof TypeError) return undefined;
    throw error;
  }
}
