import { createSandboxClock, type Sandbox, startSandbox, TOTP_STEP_MS, totpCode } from "@x/sandbox";

/** A broker as the model's commands need it: what goes over the wire, and what is done to it from outside. */
export interface ModelBroker {
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
  /** What a person would type for the first factor now: the newest code that was texted, or what the authenticator shows. */
  typed(): string;
  /** Lifts a lock, as the broker's support would. */
  unlock(): void;
  setPin(pin: string): void;
  /** As if nothing had happened. */
  reset(): void;
}

export const pins = { main: ["1357", "2468", "9753"], hedge: ["246810", "135790", "864200"] } as const;

/** The sandbox's own brokers, over sockets. A sandbox serves many sequences. */
export async function sandboxBrokers(
  now: () => number,
): Promise<AsyncDisposable & { readonly main: ModelBroker; readonly hedge: ModelBroker }> {
  const sandbox = await startSandbox({
    clock: createSandboxClock({ now }),
    kotakNeo: { sessions: "exclusive" },
  });
  return {
    main: nubraBroker(sandbox),
    hedge: kotakNeoBroker(sandbox),
    [Symbol.asyncDispose]: () => sandbox.close(),
  };
}

function nubraBroker({ nubra, journal }: Sandbox): ModelBroker {
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
    typed: () => nubra.inbox("main").at(-1)?.code ?? "000000",
    unlock: () => nubra.unlock("main"),
    setPin: (pin) => nubra.setMpin("main", pin),
    reset() {
      nubra.restore(fresh);
      journal.clear();
    },
  };
}

function kotakNeoBroker({ kotakNeo, journal }: Sandbox): ModelBroker {
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
    typed: () => kotakNeo.totpCode("hedge") ?? "000000",
    unlock: () => kotakNeo.unlock("hedge"),
    // The customer's MPIN is set once at this broker.
    setPin: () => undefined,
    reset() {
      kotakNeo.restore(fresh);
      journal.clear();
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
