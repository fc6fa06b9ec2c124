import { memoryStore, type TokenStore } from "@x/core";
import { type TestAuth, type TestEngineChanges, type TestEnvironment, openTestEnvironment } from "@x/test-environment";
import { type Alter, AnswerRelay } from "./answer-relay.ts";
import { errorCode } from "../harness/outcome.ts";
import { leakAccounts } from "../secrets/leak-accounts.ts";
import { LeakScanner } from "../secrets/leak-scanner.ts";
import { Overheard } from "../secrets/overheard.ts";
import type { ProofContext } from "../harness/proof.ts";

export type Name = "main" | "hedge";

/** Both brokers behind relays that alter their answers, and engines whose every value, error and event is written down. */
export interface RelayedBrokers extends AsyncDisposable {
  readonly test: TestEnvironment;
  /** Nubra, and both hosts of Kotak Neo. */
  readonly nubra: AnswerRelay;
  readonly login: AnswerRelay;
  readonly trading: AnswerRelay;
  /** What a number or a text that is planted into answers must not come out as. */
  plant(label: string, value: string): void;
  /** A new program with a new store. @param sms the Nubra account that logs in by SMS */
  program(sms?: boolean): Program;
  /** The values that came out anywhere, by their names. */
  shown(): string[];
}

export interface Program extends AsyncDisposable {
  readonly auth: TestAuth;
  readonly store: TokenStore;
  /** What came of a call: the result, or the error's code. Both are written down. */
  run<Result>(work: () => Promise<Result>): Promise<{ readonly value: Result } | { readonly code: string }>;
  /** Whether another program can read what this one has written. */
  readable(): Promise<boolean>;
}

export async function openRelayedBrokers({ random }: ProofContext): Promise<RelayedBrokers> {
  const accounts = leakAccounts(random);
  const test = await openTestEnvironment({ sandbox: accounts.sandbox });
  const { nubra: byNubra, kotakNeo } = test.sandbox;
  const nubra = await AnswerRelay.open(byNubra.url);
  const trading = await AnswerRelay.open(kotakNeo.tradingUrl);
  // Call 2 names the trading host: here the relay in front of it.
  const withHost: Alter = (_path, answer) => ({
    ...answer,
    body: answer.body.replace(/"baseUrl":"[^"]*"/, `"baseUrl":"${trading.url}"`),
  });
  const login = await AnswerRelay.open(kotakNeo.loginUrl, withHost);
  const seen = new Overheard();
  const scanner = new LeakScanner();
  for (const [label, value] of Object.entries(accounts.markers)) scanner.add(label, value);
  const configured = (sms: boolean): TestEngineChanges => {
    const { main, hedge } = sms ? accounts.bySms : accounts.configured;
    return { main: { ...main, baseUrl: nubra.url }, hedge: { ...hedge, loginBaseUrl: login.url } };
  };
  return {
    test,
    nubra,
    login,
    trading,
    plant: (label, value) => scanner.addWord(label, value),
    program(sms = false) {
      const store = memoryStore();
      const auth = test.engine({ ...configured(sms), store });
      auth.on((event) => seen.event(event));
      return {
        auth,
        store,
        async run(work) {
          try {
            const value = await work();
            if (!(value instanceof Response)) seen.value(value);
            return { value };
          } catch (error) {
            seen.error(error);
            return { code: errorCode(error) };
          }
        },
        async readable() {
          await using other = test.engine({ ...configured(sms), store });
          try {
            for (const name of ["main", "hedge"] as const) {
              seen.value(await other.status(name));
              if ((await auth.status(name)).state === "logged_in") await other.session(name);
            }
            return true;
          } catch (error) {
            seen.error(error);
            return false;
          }
        },
        [Symbol.asyncDispose]: () => auth.close(),
      };
    },
    shown: () => [...seen.texts].flatMap((text) => scanner.find(text)),
    async [Symbol.asyncDispose]() {
      for (const relay of [nubra, login, trading]) await relay[Symbol.asyncDispose]();
      await test[Symbol.asyncDispose]();
    },
  };
}
