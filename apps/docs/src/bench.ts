import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type BrokerAuth, createBrokerAuth, type TokenStore } from "@x/core";
import { type FakeClock, fakeClock } from "@x/core/testing";
import { kotakNeo, type KotakNeoAccount, type KotakNeoProvider } from "@x/kotak-neo";
import { nubra, type NubraAccount, type NubraProvider } from "@x/nubra";
import { createSandboxClock, demoAccounts, type Sandbox, type SandboxOptions, startSandbox } from "@x/sandbox";

export type BenchAuth = BrokerAuth<NubraProvider | KotakNeoProvider, "main" | "hedge">;

export interface Changes {
  readonly main?: Partial<NubraAccount>;
  readonly hedge?: Partial<KotakNeoAccount>;
  readonly site?: string;
}

/** Both brokers on a clock that moves only when told or slept on, an empty directory, and engines inside of this process. */
export interface Bench extends AsyncDisposable {
  readonly clock: FakeClock;
  readonly sandbox: Sandbox;
  readonly directory: string;
  engine(store: TokenStore, changes?: Changes): BenchAuth;
}

export async function openBench(options: Omit<SandboxOptions, "clock"> = {}): Promise<Bench> {
  // Ten seconds into a TOTP step: 2031-03-03 09:00 IST.
  const clock = fakeClock(Date.UTC(2031, 2, 3, 3, 30, 10, 500));
  const sandbox = await startSandbox({ ...options, clock: createSandboxClock({ now: () => clock.now() }) });
  const directory = mkdtempSync(join(tmpdir(), "docs-"));
  const { main, hedge } = accounts(sandbox);
  return {
    clock,
    sandbox,
    directory,
    engine: (store, { site = "", ...changes } = {}) =>
      createBrokerAuth({
        brokers: [nubra(), kotakNeo()],
        accounts: { main: { ...main, ...changes.main }, hedge: { site, ...hedge, ...changes.hedge } },
        store,
        clock: { now: () => clock.now(), sleep: (ms, signal) => clock.sleep(ms, signal) },
      }),
    async [Symbol.asyncDispose]() {
      await sandbox.close();
      rmSync(directory, { recursive: true, force: true });
    },
  };
}

function accounts(sandbox: Sandbox): {
  readonly main: { readonly broker: "nubra" } & NubraAccount;
  readonly hedge: { readonly broker: "kotak-neo" } & KotakNeoAccount;
} {
  const [nubraCustomer] = demoAccounts.nubra;
  const [kotakNeoCustomer] = demoAccounts.kotakNeo;
  if (nubraCustomer === undefined || kotakNeoCustomer === undefined) throw new Error("the sandbox has no accounts");
  const { phone, mpin, totpSecret } = nubraCustomer;
  const { name: _, ...hedge } = kotakNeoCustomer;
  const environment = "sandbox";
  return {
    main: { broker: "nubra", phone, mpin, totpSecret, environment, baseUrl: sandbox.nubra.url },
    hedge: { broker: "kotak-neo", ...hedge, environment, loginBaseUrl: sandbox.kotakNeo.loginUrl },
  };
}
