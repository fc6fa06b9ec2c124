import { BrokerAuthError } from "@x/core";
import { type Engine, openEngine } from "../strategy/engine.ts";
import { watchRequests } from "../strategy/request-watch.ts";
import type { DayBook } from "./day-book.ts";
import type { DeskClock } from "./desk-clock.ts";
import type { DeskOptions } from "./desk.ts";
import { sandboxAddresses } from "./sandbox-side.ts";

/** The engine of this process, which does what a person wants. It can be opened anew; the sessions stay in the store. */
export class DeskEngine {
  readonly #open: () => Promise<Engine>;
  #engine: Engine;

  private constructor(open: () => Promise<Engine>, engine: Engine) {
    this.#open = open;
    this.#engine = engine;
  }

  /** @throws BrokerAuthError `configuration` before anything is sent */
  static async open(options: DeskOptions, clock: DeskClock, book: DayBook): Promise<DeskEngine> {
    const open = async (): Promise<Engine> => openWatched(options, clock, book);
    return new DeskEngine(open, await open());
  }

  get current(): Engine {
    return this.#engine;
  }

  get auth(): Engine["auth"] {
    return this.#engine.auth;
  }

  get configuration(): Engine["configuration"] {
    return this.#engine.configuration;
  }

  /** The account's own name, also for an alias. @throws BrokerAuthError `configuration` */
  accountOf(name: string): string {
    const { accounts, use } = this.configuration;
    const account = Object.hasOwn(use, name) ? use[name] : name;
    if (account !== undefined && Object.hasOwn(accounts, account)) return account;
    const message = `account: there is no such account; there are ${Object.keys(accounts).join(", ")}`;
    throw new BrokerAuthError("configuration", message, { field: "account", action: "Name one of them." });
  }

  async reopen(): Promise<void> {
    const before = this.#engine;
    this.#engine = await this.#open();
    await before.auth.close();
  }
}

async function openWatched(options: DeskOptions, clock: DeskClock, book: DayBook): Promise<Engine> {
  const { configuration, folder, env } = options;
  const addresses = sandboxAddresses(options.sandbox);
  const now = (): number => clock.now();
  book.began("page");
  const engine = await openEngine({
    config: configuration.file,
    folder,
    env,
    sandbox: (broker) => addresses[broker],
    now,
    watch: watchRequests(now, (request) => book.heardRequest("page", request)),
    waits: (wait) => book.heardWait(wait),
  });
  engine.auth.on((event) => book.heardEvent("page", event));
  return engine;
}
