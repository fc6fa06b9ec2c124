import { abortable } from "./abortable.ts";
import type { BrokerAuthEventFacts } from "./broker-event.ts";
import { BrokerAuthError, isBrokerAuthError } from "../errors/broker-auth-error.ts";
import type { EngineContext } from "./engine-context.ts";
import type { GuardedStore } from "../record/guarded-store.ts";
import type { AccountIdentity, BrokerAuthProvider } from "../contract/provider.ts";
import type { Platform } from "./platform.ts";
import type { RecordOwner } from "../record/account-repository.ts";

/** What an account is configured to be, and the engine that it belongs to: all parts of an account work with it. A program may have 100,000. */
export class AccountContext implements RecordOwner {
  readonly engine: EngineContext;
  readonly name: string;
  readonly provider: BrokerAuthProvider;
  readonly credentials: unknown;
  readonly environment: string;
  readonly identity: string;
  readonly site: string;
  /** The one that the user configured: it must be the record's own if there is a record. */
  readonly deviceId: string | undefined;

  constructor(engine: EngineContext, name: string, provider: BrokerAuthProvider, credentials: unknown, site: string) {
    this.engine = engine;
    this.name = name;
    this.provider = provider;
    this.credentials = credentials;
    this.site = site;
    const { environment, identity, deviceId } = provider.identify(credentials);
    this.environment = environment;
    this.identity = identity;
    this.deviceId = deviceId;
  }

  get broker(): string {
    return this.provider.broker;
  }

  /** Who this is at the broker, and what the broker judges. Made of the credentials anew: an account that rests holds them once. */
  identify(): AccountIdentity {
    return this.provider.identify(this.credentials);
  }

  get store(): GuardedStore {
    return this.engine.store;
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
