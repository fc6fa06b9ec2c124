import type { Configuration } from "@x/config";
import type { ProviderContext } from "@x/core/adapter";
import type { DemoProvider } from "../demo-configuration.ts";
import { identityOf } from "./account-identity.ts";

/** A login that waits for the next TOTP code: the one of this time step was used, or is nearly over. */
export interface CodeWait {
  readonly account: string;
  /** Epoch milliseconds. */
  readonly until: number;
}

/** Looks over an engine's shoulder while its logins wait. Nothing is said of waits that no one would notice. */
export function watchCodes(
  configuration: Configuration<DemoProvider>,
  now: () => number,
  tell: (wait: CodeWait) => void,
): Configuration<DemoProvider> {
  const over = (provider: DemoProvider): DemoProvider => {
    // The steps of a login are called the same and take the same at every broker; what differs in them is none of this file's business.
    const steps = provider as unknown as LoginSteps;
    const told = (credentials: unknown, context: ProviderContext): ProviderContext => {
      const { identity } = steps.identify(credentials);
      const accounts = Object.entries(configuration.accounts)
        .filter(
          ([name, { broker }]) => broker === provider.broker && identityOf(configuration, name)?.identity === identity,
        )
        .map(([name]) => name);
      // Not a copy: the last TOTP step is read anew each time.
      return Object.create(context, {
        sleep: {
          value: (ms: number, signal?: AbortSignal) => {
            if (ms >= noticedMs) for (const account of accounts) tell({ account, until: now() + ms });
            return context.sleep(ms, signal);
          },
        },
      }) as ProviderContext;
    };
    const watched: Partial<LoginSteps> = {
      begin: (credentials, context) => steps.begin(credentials, told(credentials, context)),
      answer: (pending, answer, credentials, context) =>
        steps.answer(pending, answer, credentials, told(credentials, context)),
    };
    return { ...provider, ...watched } as unknown as DemoProvider;
  };
  return { ...configuration, brokers: configuration.brokers.map(over) };
}

const noticedMs = 1_000;

interface LoginSteps {
  identify(credentials: unknown): { readonly identity: string };
  begin(credentials: unknown, context: ProviderContext): Promise<unknown>;
  answer(pending: unknown, answer: unknown, credentials: unknown, context: ProviderContext): Promise<unknown>;
}
