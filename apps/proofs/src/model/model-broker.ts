import type { FakeClock } from "@x/core/testing";
import { TOTP_STEP_MS, totpCode } from "@x/sandbox";
import { openTestEnvironment, type TestAccountName, type TestEnvironment } from "@x/test-environment";
import { typedCodes } from "../harness/typed-codes.ts";

/** A broker as the model's commands need it: what goes over the wire, and what is done to it from outside. */
export interface ModelBroker {
  readonly account: TestAccountName;
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
  clock: FakeClock,
): Promise<AsyncDisposable & Readonly<Record<TestAccountName, ModelBroker>>> {
  const test = await openTestEnvironment({ clock, sandbox: { kotakNeo: { sessions: "exclusive" } } });
  const [main, hedge] = [brokerOf(test, "main"), brokerOf(test, "hedge")];
  return { main, hedge, [Symbol.asyncDispose]: () => test[Symbol.asyncDispose]() };
}

function brokerOf(test: TestEnvironment, account: TestAccountName): ModelBroker {
  const { nubra, kotakNeo, journal } = test.sandbox;
  const atNubra = account === "main";
  const broker = atNubra ? nubra : kotakNeo;
  const fresh = broker.snapshot();
  const { otp, totp } = typedCodes(test, account);
  const sessions = (): readonly { readonly token: string; readonly endedBy: unknown }[] =>
    (kotakNeo.accounts().find(({ name }) => name === account)?.["sessions"] ?? []) as never;
  return {
    account,
    fetch,
    urls: atNubra ? { baseUrl: nubra.url } : { loginBaseUrl: kotakNeo.loginUrl },
    minted: () => test.minted(account),
    lives: (token) =>
      atNubra
        ? nubra.liveSession(account) === token
        : sessions().some((one) => one.token === token && one.endedBy === null),
    otherDevice: () => void broker.otherDeviceLogin(account),
    endSessions: () => test.endSessions(account),
    endRenewals: () => (atNubra ? nubra.endAuthTokens(account) : undefined),
    typed: atNubra ? otp : totp,
    unlock: () => broker.unlock(account),
    // At Kotak Neo the customer's MPIN is set once.
    setPin: (pin) => (atNubra ? nubra.setMpin(account, pin) : undefined),
    reset() {
      broker.restore(fresh);
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
