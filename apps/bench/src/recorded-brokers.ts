import { createBrokerAuth, memoryStore } from "@x/core";
import { kotakNeo } from "@x/kotak-neo";
import { nubra } from "@x/nubra";
import { createSandboxClock, startSandbox } from "@x/sandbox";
import { accountsAt, startedAt } from "./accounts.ts";
import { reissued } from "./reissued.ts";

/** One answer as the sandbox gave it. */
export interface RecordedAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  /** Where the broker names an address of its own there is {@link originMark}. */
  readonly body: string;
}

/** What both brokers answer to each call of a login, by method and path. No two calls share these. */
export type RecordedBrokers = Readonly<Record<string, RecordedAnswer>>;

/** Stands for the address that the answers are given from. */
export const originMark = "http://origin.invalid";

// Shorter than the time that the benches let pass between two logins, so that a renewal is due then.
const sessionMs = 20 * 60_000;

const standing = (): number => startedAt;

let recorded: Promise<RecordedBrokers> | undefined;

/**
 * Logs in to both brokers of the sandbox and keeps their answers. The sandbox itself checks and journals everything, which takes longer than what is
 * measured here; a server that gives back its answers takes next to nothing.
 */
export function recordBrokers(): Promise<RecordedBrokers> {
  return (recorded ??= record());
}

async function record(): Promise<RecordedBrokers> {
  await using sandbox = await startSandbox({
    clock: createSandboxClock({ now: standing }),
    nubra: { lifetimes: { sessionMs } },
  });
  const origins = [sandbox.nubra.url, sandbox.kotakNeo.loginUrl, sandbox.kotakNeo.tradingUrl];
  const answers: Record<string, RecordedAnswer> = {};
  const recordingFetch: typeof fetch = async (input, init) => {
    const request = new Request(input, init);
    const response = await fetch(request);
    const text = await response.text();
    const body = origins
      .reduce((marked, origin) => marked.replaceAll(origin, originMark), text)
      // One answer for all accounts: a masked phone or client code says nothing about whose it is.
      .replaceAll(/"(phone|ucc)":\s*"[^"]*"/g, '"$1":"******"');
    const { "content-length": _, connection: __, "keep-alive": ___, ...headers } = Object.fromEntries(response.headers);
    answers[`${request.method} ${new URL(request.url).pathname}`] = { status: response.status, headers, body };
    return new Response(text, { status: response.status, headers });
  };
  await using auth = createBrokerAuth({
    brokers: [nubra(), kotakNeo()],
    accounts: accountsAt(sandbox.nubra.url, sandbox.kotakNeo.loginUrl),
    store: memoryStore(),
    fetch: recordingFetch,
    clock: { now: standing },
  });
  await auth.login("sms", { otp: () => sandbox.nubra.inbox("sms").at(-1)?.code ?? "" });
  await auth.session("main");
  await auth.session("hedge");
  await auth.fetch("main", "/userinfo");
  await auth.fetch("main", "/portfolio/holdings");
  await auth.fetch("hedge", "/quick/user/positions");
  await auth.logout("main");
  return answers;
}

export interface RecordedFetchOptions {
  /** How long a call takes, by method and path. Default: no time at all. */
  readonly waitMs?: (call: string) => number;
  /** The brokers' clock. Default: it stands still. */
  readonly now?: () => number;
}

/** The recorded answers as a fetch that needs no network. */
export function recordedFetch(
  brokers: RecordedBrokers,
  origin: string,
  { waitMs = () => 0, now = standing }: RecordedFetchOptions = {},
): typeof fetch {
  const moved = new Map<string, { readonly shiftMs: number; readonly body: string }>();
  return async (input, init) => {
    const method = init?.method ?? (input instanceof Request ? input.method : "GET");
    const url = new URL(input instanceof Request ? input.url : input);
    const call = `${method} ${url.pathname}`;
    const answer = brokers[call];
    if (answer === undefined) throw new Error(`there is no recorded answer to ${call}`);
    const ms = waitMs(call);
    if (ms > 0) await new Promise((resolve) => setTimeout(resolve, ms));
    const { status, headers, body } = answer;
    const at = now();
    const date = new Date(at).toUTCString();
    const shiftMs = at - startedAt;
    let ready = moved.get(call);
    if (ready?.shiftMs !== shiftMs)
      moved.set(call, (ready = { shiftMs, body: reissued(body.replaceAll(originMark, origin), shiftMs) }));
    return new Response(ready.body, { status, headers: { ...headers, date } });
  };
}
