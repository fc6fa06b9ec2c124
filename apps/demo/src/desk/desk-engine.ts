import { BrokerAuthError, type BrokerAuthListener } from "@x/core";
import { type DeskAuth, type Engine, type EngineOptions, identityOf, openEngine } from "../strategy/engine.ts";
import { Queue } from "./queue.ts";

/** The engine of this process, which does what a person wants. It can be opened anew; the sessions stay in the store. */
export class DeskEngine {
  /** Whether all accounts were at the sandbox when the desk was opened. Its address has no key then, so it takes in no others. */
  readonly sandboxOnly: boolean;
  readonly #open: () => Promise<Engine>;
  readonly #reopening = new Queue();
  readonly #retired = new Set<Engine>();
  #engine: Engine;
  #work = new Set<Promise<unknown>>();

  private constructor(open: () => Promise<Engine>, engine: Engine) {
    this.#open = open;
    this.#engine = engine;
    this.sandboxOnly = elsewhere(engine) === undefined;
  }

  /** @param heard is told what every engine tells. @throws BrokerAuthError `configuration` before anything is sent */
  static async open(options: EngineOptions, heard: BrokerAuthListener): Promise<DeskEngine> {
    const open = async (): Promise<Engine> => {
      const engine = await openEngine(options);
      engine.auth.on(heard);
      return engine;
    };
    return new DeskEngine(open, await open());
  }

  get auth(): DeskAuth {
    return this.#engine.auth;
  }

  get configuration(): Engine["configuration"] {
    return this.#engine.configuration;
  }

  /** What the configuration says of an account. */
  account(name: string): { readonly broker: string } | undefined {
    const { accounts } = this.configuration;
    return Object.hasOwn(accounts, name) ? accounts[name] : undefined;
  }

  /** The account's own name, also for an alias. @throws BrokerAuthError `configuration` */
  accountOf(name: string): string {
    const account = this.meantBy(name);
    if (this.account(account) !== undefined) return account;
    const message = `account: there is no such account; there are ${this.auth.accounts.join(", ")}`;
    throw new BrokerAuthError("configuration", message, { field: "account", action: "Name one of them." });
  }

  /** What an alias stands for; any other name as it is. */
  meantBy(name: string): string {
    const { use } = this.configuration;
    return (Object.hasOwn(use, name) ? use[name] : undefined) ?? name;
  }

  /** Does what a person wants. It comes to its end although the engine is opened anew meanwhile. */
  async run<Result>(work: (auth: DeskAuth) => Promise<Result>): Promise<Result> {
    const underWay = this.#work;
    const done = work(this.auth);
    underWay.add(done);
    return done.finally(() => underWay.delete(done));
  }

  /** @throws BrokerAuthError `configuration`, with the engine as it was */
  reopen(): Promise<void> {
    return this.#reopening.run(async () => {
      const next = await this.#open();
      const real = this.sandboxOnly ? elsewhere(next) : undefined;
      if (real !== undefined) {
        await next.auth.close();
        const field = `accounts.${real}.environment`;
        const message = `${field}: is not the sandbox, and the address of this page has no key`;
        const action = "End the demo and start it again: then its address has one.";
        throw new BrokerAuthError("configuration", message, { field, action });
      }
      const [before, underWay] = [this.#engine, this.#work];
      this.#engine = next;
      this.#work = new Set();
      this.#retired.add(before);
      const ended = Promise.allSettled(underWay).then(async () => this.#close(before));
      if (underWay.size === 0) await ended;
    });
  }

  /** Ends what is under way as well. */
  async close(): Promise<void> {
    await Promise.all([...this.#retired].map(async (engine) => this.#close(engine)));
    await this.auth.close();
  }

  async #close(engine: Engine): Promise<void> {
    if (this.#retired.delete(engine)) await engine.auth.close();
  }
}

/** The first account that is not at the sandbox. */
function elsewhere({ configuration }: Engine): string | undefined {
  return Object.keys(configuration.accounts).find((name) => identityOf(configuration, name)?.environment !== "sandbox");
}
