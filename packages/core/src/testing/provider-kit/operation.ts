import type { ProviderContext } from "../../contract/provider-context.ts";
import { Secret } from "../../contract/secret.ts";
import type { CallList, ProviderTestEnvironment } from "./test-environment.ts";
import type { Login } from "./login.ts";

/** Something that a provider does besides logging in. */
export interface Operation {
  /** The member of the provider, with the purpose of a socket. */
  readonly name: string;
  /** What the test environment declares; undefined where it declares nothing. */
  readonly calls: CallList | undefined;
  readonly run: (context: ProviderContext) => Promise<unknown>;
}

/** What this provider does with a session; what ends it comes last. */
export function operationsOf({ provider, calls }: ProviderTestEnvironment, login: Login): readonly Operation[] {
  const { session, credentials, renewal } = login;
  const operations: (Operation | undefined)[] = [
    provider.probe && {
      name: "probe",
      calls: calls.probe,
      run: async (context) => provider.probe?.(session, credentials, context),
    },
    provider.network && {
      name: "network",
      calls: calls.network,
      run: async (context) => provider.network?.(session, credentials, context),
    },
    provider.serverTime && {
      name: "serverTime",
      calls: calls.serverTime,
      run: async (context) => provider.serverTime?.(credentials, context),
    },
    ...Object.entries(calls.socket ?? {}).map(([purpose, list]) => ({
      name: `socket for ${purpose}`,
      calls: list,
      run: async (context: ProviderContext) => provider.socket?.(session, credentials, purpose, context),
    })),
    provider.renew &&
      renewal && {
        name: "renew",
        calls: calls.renew,
        run: async (context) => provider.renew?.(renewal, credentials, context),
      },
    provider.revoke && {
      name: "revoke",
      calls: calls.revoke,
      run: async (context) => provider.revoke?.(session, credentials, context),
    },
  ];
  return operations.filter((one) => one !== undefined);
}

/** The parts of TOTP enrolment, where the provider has it. */
export function enrolmentOf(
  { provider: { enrolment } }: ProviderTestEnvironment,
  { session, credentials }: Login,
): readonly Operation[] {
  if (enrolment === undefined) return [];
  // Any Base32 will do: what the kit asks here is asked before or without an answer of the broker.
  const made = new Secret("JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP");
  const calls = undefined;
  return [
    { name: "enrolment.generate", calls, run: (context) => enrolment.generate(session, credentials, context) },
    { name: "enrolment.enable", calls, run: (context) => enrolment.enable(made, session, credentials, context) },
    { name: "enrolment.disable", calls, run: (context) => enrolment.disable(session, credentials, context) },
  ];
}
