import {
  demoAccounts,
  type Json,
  mintJwt,
  type Sandbox,
  startSandbox,
  createSandboxClock,
  totpCode,
  TOTP_STEP_MS,
} from "@x/sandbox";

/** A broker as the model's commands need it: what goes over the wire, and what is done to it from outside. */
export interface Ground {
  readonly account: "main" | "hedge";
  readonly fetch: typeof fetch;
  /** Addresses that go into the configuration. */
  readonly urls: Readonly<Record<string, string>>;
  /** Sessions that were minted for us, by the broker's own count. */
  minted(): number;
  /** Whether this token opens anything now. */
  lives(token: string): boolean;
  otherDevice(): void;
  endSessions(): void;
  endRenewals(): void;
  /** Lifts a lock, as the broker's support would. */
  unlock(): void;
  setPin(pin: string): void;
  /** As if nothing had happened. */
  reset(): void;
}

export const pins = { main: ["1357", "2468", "9753"], hedge: ["246810", "135790", "864200"] } as const;

/** The sandbox's own brokers, over sockets. A sandbox serves many sequences. */
export async function sandboxGrounds(
  now: () => number,
): Promise<AsyncDisposable & { readonly main: Ground; readonly hedge: Ground }> {
  const sandbox = await startSandbox({
    clock: createSandboxClock({ now }),
    kotakNeo: { sessions: "exclusive" },
  });
  return {
    main: nubraGround(sandbox),
    hedge: kotakNeoGround(sandbox),
    [Symbol.asyncDispose]: () => sandbox.close(),
  };
}

function nubraGround({ nubra, journal }: Sandbox): Ground {
  const fresh = nubra.snapshot();
  return {
    account: "main",
    fetch: (input, init) => fetch(input, init),
    urls: { baseUrl: nubra.url },
    minted: () => journal.count({ account: "main", step: "verifypin", outcome: "accepted" }),
    lives: (token) => nubra.liveSession("main") === token,
    otherDevice: () => void nubra.otherDeviceLogin("main"),
    endSessions: () => nubra.endSessions("main"),
    endRenewals: () => nubra.endAuthTokens("main"),
    unlock: () => nubra.unlock("main"),
    setPin: (pin) => nubra.setMpin("main", pin),
    reset() {
      nubra.restore(fresh);
      journal.clear();
    },
  };
}

function kotakNeoGround({ kotakNeo, journal }: Sandbox): Ground {
  const fresh = kotakNeo.snapshot();
  const sessions = (): readonly { readonly token: string; readonly endedBy: unknown }[] =>
    (kotakNeo.accounts().find(({ name }) => name === "hedge")?.["sessions"] ?? []) as never;
  return {
    account: "hedge",
    fetch: (input, init) => fetch(input, init),
    urls: { loginBaseUrl: kotakNeo.loginUrl },
    minted: () => journal.count({ account: "hedge", step: "validate", outcome: "accepted" }),
    lives: (token) => sessions().some((one) => one.token === token && one.endedBy === null),
    otherDevice: () => void kotakNeo.otherDeviceLogin("hedge"),
    endSessions: () => void kotakNeo.otherDeviceLogin("hedge"),
    endRenewals: () => undefined,
    unlock: () => kotakNeo.unlock("hedge"),
    // The customer's MPIN is set once at this broker.
    setPin: () => undefined,
    reset() {
      kotakNeo.restore(fresh);
      journal.clear();
    },
  };
}

const [main] = demoAccounts.nubra;
const wrongFactorsThatLock = 3;
const dayMs = 86_400_000;

interface Granted {
  readonly token: string;
  readonly device: string;
  readonly expiresAt: number;
}

/** Nubra once more, in a page and in this process: the rules of nubra.md section 12 that a login by TOTP meets, and nothing else. */
export function quickNubra(now: () => number): Ground {
  if (main?.totpSecret === undefined) throw new Error("the demo account logs in by TOTP");
  const { phone, totpSecret } = main;
  let pin = main.mpin;
  let serial = 0;
  let minted = 0;
  let wrong = 0;
  let session: Granted | undefined;
  let authTokens: Granted[] = [];
  let usedSteps = new Set<number>();

  const grant = (device: string, lifetimeMs: number, jwt: boolean): Granted => {
    serial += 1;
    const expiresAt = now() + lifetimeMs;
    const token = jwt ? mintJwt({ exp: Math.floor(expiresAt / 1000), jti: String(serial) }) : `auth-token-${serial}`;
    return { token, device, expiresAt: jwt ? Math.floor(expiresAt / 1000) * 1000 : expiresAt };
  };
  const refuse = (status: number, error?: string): Response =>
    reply(status, error === undefined ? undefined : { error });
  const reply = (status: number, body?: Json): Response => {
    const headers = { date: new Date(now()).toUTCString(), "content-type": "application/json" };
    return new Response(body === undefined ? null : JSON.stringify(body), { status, headers });
  };

  function logIn(body: Readonly<Record<string, unknown>>, device: string): Response {
    if (body["phone"] !== phone) return refuse(400, "Enter valid inputs to proceed.");
    if (wrong >= wrongFactorsThatLock) return refuse(400, "Account locked: too many attempts");
    const code = String(body["totp"]).padStart(6, "0");
    const here = Math.floor(now() / TOTP_STEP_MS);
    const step = [here, here - 1, here + 1].find((one) => codeOf(totpSecret, one) === code);
    if (step === undefined || usedSteps.has(step)) {
      usedSteps.add(step ?? here);
      wrong += 1;
      return refuse(400, "Invalid TOTP");
    }
    usedSteps.add(step);
    const granted = grant(device, dayMs, false);
    authTokens.push(granted);
    return reply(201, { auth_token: granted.token, next: "ENTER_MPIN", message: "User Created Successfully" });
  }

  function verifyPin(body: Readonly<Record<string, unknown>>, bearer: string, device: string): Response {
    const granted = authTokens.find(({ token }) => token === bearer);
    if (granted === undefined || granted.device !== device || granted.expiresAt <= now()) return refuse(440);
    if (wrong >= wrongFactorsThatLock) return refuse(400, "Account locked: too many attempts");
    if (body["pin"] !== pin) {
      wrong += 1;
      return refuse(400, "Invalid MPIN");
    }
    session = grant(device, 7 * 3_600_000, true);
    minted += 1;
    wrong = 0;
    return reply(200, { session_token: session.token, next: "DASHBOARD", userId: 1001 });
  }

  return {
    account: "main",
    urls: { baseUrl: "http://127.0.0.1:1" },
    minted: () => minted,
    lives: (token) => session?.token === token && session.expiresAt > now(),
    otherDevice() {
      session = grant("other-device", 7 * 3_600_000, true);
      wrong = 0;
    },
    endSessions: () => (session = undefined),
    endRenewals: () => (authTokens = []),
    unlock: () => (wrong = 0),
    setPin: (next) => (pin = next),
    reset() {
      [serial, minted, wrong, pin] = [0, 0, 0, main.mpin];
      session = undefined;
      authTokens = [];
      usedSteps = new Set();
    },
    async fetch(input, init) {
      const request = new Request(input, init);
      const { pathname } = new URL(request.url);
      const device = request.headers.get("x-device-id") ?? "";
      const bearer = /^Bearer (\S+)$/.exec(request.headers.get("authorization") ?? "")?.[1] ?? "";
      const text = await request.text();
      const body = (text === "" ? {} : JSON.parse(text)) as Readonly<Record<string, unknown>>;
      if (pathname === "/totp/login") return logIn(body, device);
      if (pathname === "/verifypin") return verifyPin(body, bearer, device);
      if (pathname === "/") return refuse(404, "Not Found");
      const live = session?.token === bearer && session.device === device && session.expiresAt > now();
      if (!live) return refuse(440);
      if (pathname === "/logout") session = undefined;
      return reply(200, { env_info: {}, version_info: { status: "ACTIVE" } });
    },
  };
}

const codes = new Map<string, string>();

/** Codes are asked for again and again: by the broker, and by whoever checks which step a code is of. */
export function codeOf(secret: string, step: number): string {
  const key = `${secret} ${step}`;
  const known = codes.get(key);
  if (known !== undefined) return known;
  if (codes.size > 50_000) codes.clear();
  const code = totpCode(secret, step * TOTP_STEP_MS);
  codes.set(key, code);
  return code;
}
