import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type BrokerAuth, createBrokerAuth, type TokenStore, type PlatformOptions } from "@x/core";
import { kotakNeo, type KotakNeoProvider } from "@x/kotak-neo";
import { nubra, type NubraProvider } from "@x/nubra";
import {
  createSandboxClock,
  type Journal,
  type JournalEntry,
  type JournalFilter,
  type KotakNeoSandboxAccount,
  type NubraSandboxAccount,
  type Sandbox,
  startSandbox,
} from "@x/sandbox";
import { encrypted } from "@x/stores/encrypted";
import { keyFile } from "@x/stores/key-file";
import { sqliteStore } from "@x/stores/sqlite";
import type { ProofContext } from "./proof.ts";
import { type SharedClock, sharedClock } from "./shared-clock.ts";

/** Both brokers, with as many accounts as a proof wants, for programs in processes of their own on one encrypted SQLite store. */
export interface Floor extends AsyncDisposable {
  readonly sandbox: Sandbox;
  /** What a process needs to join in; plain data. */
  readonly plan: FloorPlan;
  readonly clock: SharedClock;
  /** What arrived at the broker for an account, in one of the two steps of a login. */
  arrivals(
    account: FloorAccount,
    step: "totp" | "mpin",
    filter?: JournalFilter,
    which?: (entry: JournalEntry) => boolean,
  ): number;
  /** Sessions minted for an account. */
  minted(account: FloorAccount, filter?: JournalFilter): number;
}

export interface FloorOptions {
  /** The brokers' time runs with the host's, from a morning on. Default: it stands still until somebody sleeps on it. */
  readonly realTime?: true;
  /** The brokers' time, for programs of this process only. */
  readonly now?: () => number;
  readonly journal?: Journal;
}

export interface FloorPlan {
  readonly nubraUrl: string;
  readonly kotakNeoUrl: string;
  readonly storeDirectory: string;
  readonly keyPath: string;
  readonly clockFile: string;
  readonly startAt: number;
  readonly accounts: readonly FloorAccount[];
}

export interface FloorAccount {
  readonly name: string;
  readonly broker: "nubra" | "kotak-neo";
  readonly phone: string;
  readonly mpin: string;
  readonly totpSecret: string;
  /** Kotak Neo only. */
  readonly ucc: string;
  readonly accessToken: string;
}

/** Without a TOTP secret a login asks a person. */
export type ConfiguredFloorAccount = Omit<FloorAccount, "totpSecret"> & { readonly totpSecret?: string };

export type FloorAuth = BrokerAuth<NubraProvider | KotakNeoProvider, string, never>;

/** The journal's words for the calls of a login. */
const steps = {
  nubra: { totp: "totp-login", mpin: "verifypin" },
  "kotak-neo": { totp: "login", mpin: "validate" },
} as const;

/** A read of the account that tells whether its session lives. */
export const reads: Readonly<Record<FloorAccount["broker"], { readonly path: string; readonly step: string }>> = {
  nubra: { path: "/userinfo", step: "userinfo" },
  "kotak-neo": { path: "/quick/user/positions", step: "positions" },
};

/** @param count accounts, by turns at Nubra and at Kotak Neo; both end the older session of an account at each login */
export async function openFloor(
  { directory }: Pick<ProofContext, "directory">,
  count: number,
  options: FloorOptions = {},
): Promise<Floor> {
  const accounts = Array.from({ length: count }, (_, index) => floorAccount(index));
  // Ten seconds into a TOTP step, in the middle of a second: 2031-03-03 09:00 IST, before the market opens.
  const morning = Date.UTC(2031, 2, 3, 3, 30, 10, 500);
  const clockFile = join(directory, "clock");
  writeFileSync(clockFile, "");
  const still = sharedClock(clockFile, morning);
  const ahead = morning - Date.now();
  const now = options.realTime ? () => Date.now() + ahead : (options.now ?? still.now);
  const sandbox = await startSandbox({
    clock: createSandboxClock({ now }),
    journal: options.journal,
    nubra: { accounts: accounts.filter(({ broker }) => broker === "nubra").map(atNubra) },
    kotakNeo: {
      accounts: accounts.filter(({ broker }) => broker === "kotak-neo").map(atKotakNeo),
      sessions: "exclusive",
    },
  });
  const storeDirectory = join(directory, "store");
  mkdirSync(storeDirectory, { recursive: true, mode: 0o700 });
  const { journal } = sandbox;
  const arrivals: Floor["arrivals"] = ({ name, broker }, step, filter = {}, which = () => true) =>
    journal.entries({ account: name, step: steps[broker][step], ...filter }).filter(which).length;
  return {
    sandbox,
    clock: still,
    plan: {
      nubraUrl: sandbox.nubra.url,
      kotakNeoUrl: sandbox.kotakNeo.loginUrl,
      storeDirectory,
      keyPath: join(directory, "keys", "store.key"),
      clockFile,
      startAt: morning,
      accounts,
    },
    arrivals,
    minted: (account, filter = {}) => arrivals(account, "mpin", { ...filter, outcome: "accepted" }),
    [Symbol.asyncDispose]: () => sandbox.close(),
  };
}

/** The store of a floor, as any of its programs opens it. */
export function openStore({ storeDirectory, keyPath }: FloorPlan): TokenStore {
  return encrypted(sqliteStore({ directory: storeDirectory }), keyFile(keyPath));
}

/** Time on a floor: that of the file, or of the host's clock shifted by so much. */
export function floorTime({ clockFile, startAt }: FloorPlan, aheadMs?: number): PlatformOptions {
  if (aheadMs !== undefined) return { clock: { now: () => Date.now() + aheadMs } };
  const { now, sleep } = sharedClock(clockFile, startAt);
  return { clock: { now, sleep } };
}

/** An engine for some of the accounts, as a program of its own would have it. */
export function floorEngine(
  plan: FloorPlan,
  options: {
    readonly accounts?: readonly ConfiguredFloorAccount[];
    readonly mpin?: string;
    readonly store?: TokenStore;
    readonly platform?: PlatformOptions;
    /** Of one call of a login, in milliseconds. */
    readonly timeoutMs?: number;
  } = {},
): FloorAuth {
  const { accounts = plan.accounts, mpin, store = openStore(plan), platform = {}, timeoutMs } = options;
  const limits = timeoutMs === undefined ? {} : { timeoutMs };
  const configured = accounts.map((account) => [
    account.name,
    credentials(plan, { ...account, ...(mpin === undefined ? {} : { mpin }) }),
  ]);
  return createBrokerAuth({
    brokers: [nubra(limits), kotakNeo(limits)],
    accounts: Object.fromEntries(configured) as Record<string, ReturnType<typeof credentials>>,
    store,
    ...floorTime(plan),
    ...platform,
  });
}

function credentials(
  { nubraUrl, kotakNeoUrl }: FloorPlan,
  { broker, phone, mpin, totpSecret, ucc, accessToken }: ConfiguredFloorAccount,
) {
  const factors = totpSecret === undefined ? { mpin } : { mpin, totpSecret };
  return broker === "nubra"
    ? ({ broker, environment: "sandbox", baseUrl: nubraUrl, phone, ...factors } as const)
    : ({
        broker,
        environment: "sandbox",
        loginBaseUrl: kotakNeoUrl,
        mobileNumber: `+91${phone}`,
        ucc,
        accessToken,
        ...factors,
      } as const);
}

function floorAccount(index: number): FloorAccount {
  const digits = String(index).padStart(4, "0");
  // Base32 has no 0, 1, 8 and 9.
  const letters = digits.replaceAll(/\d/g, (digit) => "ABCDEFGHIJ".charAt(Number(digit)));
  return {
    name: `account-${index}`,
    broker: index % 2 === 0 ? "nubra" : "kotak-neo",
    phone: `900000${digits}`,
    mpin: "135790",
    totpSecret: `PROOFSFLOORACCOUNT${letters}SECRETKEY`.padEnd(32, "2"),
    ucc: `F${digits}`,
    accessToken: `5a4db0c5-0000-4000-8000-00000000${digits}`,
  };
}

function atNubra({ name, phone, mpin, totpSecret }: FloorAccount, index: number): NubraSandboxAccount {
  return { name, phone, email: `${name}@example.com`, mpin, totpSecret, userId: 1_000 + index };
}

function atKotakNeo({ name, phone, mpin, totpSecret, ucc, accessToken }: FloorAccount): KotakNeoSandboxAccount {
  return { name, accessToken, mobileNumber: `+91${phone}`, ucc, mpin, totpSecret };
}
