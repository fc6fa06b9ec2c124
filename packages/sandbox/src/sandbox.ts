import { type AngelOneSandboxAccount, demoAngelOneAccounts } from "./angel-one/account.ts";
import type { AngelOneSandboxOptions } from "./angel-one/options.ts";
import { type AngelOneSandbox, startAngelOneSandbox } from "./angel-one/sandbox.ts";
import type { SandboxBroker } from "./broker.ts";
import { type SandboxClock, createSandboxClock } from "./clock.ts";
import { startControl } from "./control.ts";
import { startElsewhere } from "./elsewhere.ts";
import { type Journal, createJournal } from "./journal.ts";
import type { Json } from "./json.ts";
import { type KotakNeoSandboxAccount, demoKotakNeoAccounts } from "./kotak-neo/account.ts";
import type { KotakNeoSandboxOptions } from "./kotak-neo/options.ts";
import { type KotakNeoSandbox, startKotakNeoSandbox } from "./kotak-neo/sandbox.ts";
import { type NubraSandboxAccount, demoNubraAccounts } from "./nubra/account.ts";
import type { NubraSandboxOptions } from "./nubra/options.ts";
import { type NubraSandbox, startNubraSandbox } from "./nubra/sandbox.ts";
import { type SavedState, openStateFile } from "./state-file.ts";
import { type ZerodhaSandboxAccount, demoZerodhaAccounts } from "./zerodha/account.ts";
import type { ZerodhaSandboxOptions } from "./zerodha/options.ts";
import { type ZerodhaSandbox, startZerodhaSandbox } from "./zerodha/sandbox.ts";

/** What belongs to the whole sandbox is not set per broker. */
type Shared = "clock" | "journal" | "elsewhereUrl" | "saved" | "changed";

export interface SandboxOptions {
  readonly nubra?: Omit<NubraSandboxOptions, Shared> | undefined;
  readonly kotakNeo?: Omit<KotakNeoSandboxOptions, Shared> | undefined;
  readonly zerodha?: Omit<ZerodhaSandboxOptions, Shared> | undefined;
  readonly angelOne?: Omit<AngelOneSandboxOptions, Shared> | undefined;
  /** For Nubra and Kotak Neo, unless one has its own: what the original documents of the others say is what they do. Default `observed`. */
  readonly profile?: "observed" | "documented" | undefined;
  /** For all brokers, unless one has its own. Default false. */
  readonly lint?: boolean | undefined;
  /** 0 or absent: a free port. */
  readonly controlPort?: number | undefined;
  /** Default: one that follows the host clock. */
  readonly clock?: SandboxClock | undefined;
  readonly journal?: Journal | undefined;
  /**
   * Keeps sessions, attempts, scenarios, the clock's offset and the ports in this file, so that a second run goes on where the first ended.
   * Written before each answer goes out. Default: nothing is kept.
   */
  readonly stateFile?: string | undefined;
}

/** All brokers, one clock, one journal, one control endpoint. */
export interface Sandbox {
  readonly nubra: NubraSandbox;
  readonly kotakNeo: KotakNeoSandbox;
  readonly zerodha: ZerodhaSandbox;
  readonly angelOne: AngelOneSandbox;
  /** Base URL of the control endpoint; GET / there lists its calls. */
  readonly controlUrl: string;
  /** Another origin, at which nothing should ever arrive. */
  readonly elsewhereUrl: string;
  readonly clock: SandboxClock;
  readonly journal: Journal;
  /** Ends every connection and frees every port. */
  close(): Promise<void>;
  [Symbol.asyncDispose](): Promise<void>;
}

/** The invented accounts that a sandbox has unless it is given others. */
export const demoAccounts: {
  readonly nubra: readonly NubraSandboxAccount[];
  readonly kotakNeo: readonly KotakNeoSandboxAccount[];
  readonly zerodha: readonly ZerodhaSandboxAccount[];
  readonly angelOne: readonly AngelOneSandboxAccount[];
} = {
  nubra: demoNubraAccounts,
  kotakNeo: demoKotakNeoAccounts,
  zerodha: demoZerodhaAccounts,
  angelOne: demoAngelOneAccounts,
};

/**
 * Starts all brokers on 127.0.0.1.
 * @throws SandboxError port_in_use, bad_option, unknown_scenario, unknown_account, state_file_corrupt, state_file_version, state_file_unusable
 */
export async function startSandbox(options: SandboxOptions = {}): Promise<Sandbox> {
  const file = options.stateFile === undefined ? undefined : openStateFile(options.stateFile);
  const saved = file?.read();
  const clock = options.clock ?? createSandboxClock();
  // A clock that was handed in belongs to the caller.
  if (options.clock === undefined && saved !== undefined) clock.advance(saved.clockOffsetMs);
  const journal = options.journal ?? createJournal();
  const stop: Array<() => Promise<void>> = [];
  let collect: (() => SavedState) | undefined;
  const changed = (): void => {
    if (file !== undefined && collect !== undefined) file.write(collect());
  };
  const close = async (): Promise<void> => {
    await Promise.all(stop.map((end) => end()));
    changed();
  };

  try {
    const elsewhere = await startElsewhere({ journal, now: () => clock.now() });
    stop.push(() => elsewhere.close());
    const common = { clock, journal, elsewhereUrl: elsewhere.url, changed, lint: options.lint };
    const { profile } = options;
    const port = (name: string): number | undefined => saved?.ports[name];

    const nubra = await startNubraSandbox({
      port: port("nubra.api"),
      ...common,
      profile,
      ...given(options.nubra),
      saved: savedOf(saved, "nubra"),
    });
    stop.push(() => nubra.close());
    const kotakNeo = await startKotakNeoSandbox({
      loginPort: port("kotak-neo.login"),
      tradingPort: port("kotak-neo.trading"),
      ...common,
      profile,
      ...given(options.kotakNeo),
      saved: savedOf(saved, "kotak-neo"),
    });
    stop.push(() => kotakNeo.close());
    const zerodha = await startZerodhaSandbox({
      port: port("zerodha.api"),
      ...common,
      ...given(options.zerodha),
      saved: savedOf(saved, "zerodha"),
    });
    stop.push(() => zerodha.close());
    const angelOne = await startAngelOneSandbox({
      port: port("angel-one.api"),
      ...common,
      ...given(options.angelOne),
      saved: savedOf(saved, "angel-one"),
    });
    stop.push(() => angelOne.close());
    const brokers: readonly SandboxBroker[] = [nubra, kotakNeo, zerodha, angelOne];
    const control = await startControl({
      port: options.controlPort ?? port("control"),
      clock,
      journal,
      brokers,
      changed,
    });
    stop.push(() => control.close());

    const ports = Object.fromEntries(
      brokers.flatMap((one) => Object.entries(one.ports).map(([name, number]) => [`${one.broker}.${name}`, number])),
    );
    collect = () => ({
      clockOffsetMs: clock.offsetMs,
      ports: { ...ports, control: control.port },
      brokers: Object.fromEntries(brokers.map((one) => [one.broker, one.snapshot()])),
    });
    changed();
    return {
      nubra,
      kotakNeo,
      zerodha,
      angelOne,
      controlUrl: control.url,
      elsewhereUrl: elsewhere.url,
      clock,
      journal,
      close,
      [Symbol.asyncDispose]: close,
    };
  } catch (error) {
    await Promise.all(stop.map((end) => end()));
    throw error;
  }
}

/** Without the options that were passed as undefined, so that they do not hide what stands before them. */
function given<Options extends object>(options: Options | undefined): Partial<Options> {
  return Object.fromEntries(
    Object.entries(options ?? {}).filter(([, value]) => value !== undefined),
  ) as Partial<Options>;
}

function savedOf(saved: SavedState | undefined, broker: string): Json | undefined {
  return saved?.brokers[broker];
}
