import { AccountContext } from "./account-context.ts";
import { AccountLock } from "./account-lock.ts";
import { AccountRepository } from "../record/account-repository.ts";
import { BrokerClock } from "./broker-clock.ts";
import type { EngineContext } from "./engine-context.ts";
import { FailureNotice } from "./failure-notice.ts";
import { HeldSession } from "./held-session.ts";
import type { BrokerAuthProvider } from "../contract/provider.ts";
import { SessionProbe } from "./session-probe.ts";

/** What an account remembers while nothing of it is under way. What a login needs beyond it lives as long as the login. */
export class AccountParts {
  readonly context: AccountContext;
  readonly repository: AccountRepository;
  readonly clock: BrokerClock;
  readonly failures: FailureNotice;
  readonly held: HeldSession;
  readonly lock: AccountLock;
  readonly probe: SessionProbe;

  constructor(engine: EngineContext, name: string, provider: BrokerAuthProvider, credentials: unknown, site: string) {
    const context = new AccountContext(engine, name, provider, credentials, site);
    const { environment, identity, deviceId } = context.identity;
    const address = { broker: provider.broker, environment, identity, site };
    this.context = context;
    this.repository = new AccountRepository(engine.store, address, deviceId, () => context.platform.now());
    this.clock = new BrokerClock(context);
    this.failures = new FailureNotice(context, this.clock);
    this.held = new HeldSession(context, this.clock, this.failures);
    this.lock = new AccountLock(context, this.repository, this.held);
    this.probe = new SessionProbe(this);
  }
}
