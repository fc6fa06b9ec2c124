import { abortable } from "./abortable.ts";
import type { BrokerAuthEventFacts } from "./broker-event.ts";
import { BrokerAuthError, isBrokerAuthError } from "../errors/broker-auth-error.ts";
import type { EngineContext } from "./engine-context.ts";
import type { AccountIdentity, BrokerAuthProvider } from "../contract/provider.ts";
import type { Platform } from "./platform.ts";

/** What an account is configured to be, and the engine that it belongs to: all parts of an account work with it. */
export class AccountContext {
  readonly engine: EngineContext;
  readonly name: string;
  readonly provider: BrokerAuthProvider;
  readonly credentials: unknown;
  readonly site: string;
  readonly identity: AccountIdentity;

  constructor(engine: EngineContext, name: string, provider: BrokerAuthProvider, credentials: unknown, site: string) {
    this.engine = engine;
    this.name = name;
    this.provider = provider;
    this.credentials = credentials;
    this.site = site;
    this.identity = provider.identify(credentials);
  }

  get platform(): Platform {
    return this.engine.platform;
  }

  /** Fires when the engine is closed. */
  get closed(): AbortSignal {
    return this.engine.closed;
  }

  /** Whether the records are written on this host alone, so that a difference of clocks that is found in one is that of this host's clock. */
  get ofThisHost(): boolean {
    return this.engine.store.ofOneHost;
  }

  emit(facts: BrokerAuthEventFacts): void {
    this.engine.emit(this.name, this.provider.broker, facts);
  }

  /** The error with this account's name on it. */
  named(error: unknown): unknown {
    return isBrokerAuthError(error) ? error.with({ account: this.name, broker: this.provider.broker }) : error;
  }

  /** The work's result, with this account's name on its error, and not beyond the engine's end: what goes on after that is nobody's. */
  async settled<Result>(work: Promise<Result>): Promise<Result> {
    try {
      return await abortable(work, this.closed, engineClosed);
    } catch (error) {
      throw this.named(error);
    }
  }
}

export function engineClosed(): BrokerAuthError {
  return new BrokerAuthError("aborted", "the engine was closed while this was under way", {
    action: "Create a new engine.",
  });
}
