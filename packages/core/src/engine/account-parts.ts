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
  readonly held: HeldSession;
  readonly lock: AccountLock;
  #failures: FailureNotice | undefined;
  #probe: SessionProbe | undefined;

  constructor(engine: EngineContext, name: string, provider: BrokerAuthProvider, credentials: unknown, site: string) {
    this.context = new AccountContext(engine, name, provider, credentials, site);
    this.repository = new AccountRepository(this.context);
    this.clock = new BrokerClock(this.context);
    this.held = new HeldSession(this);
    this.lock = new AccountLock(this);
  }

  /** What was told of failures; undefined where none has happened yet. */
  get failures(): FailureNotice | undefined {
    return this.#failures;
  }

  get failing(): FailureNotice {
    return (this.#failures ??= new FailureNotice(this.context, this.clock));
  }

  get probe(): SessionProbe {
    return (this.#probe ??= new SessionProbe(this));
  }
}
