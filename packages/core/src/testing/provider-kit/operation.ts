import type { Io } from "../../contract/io.ts";
import { Secret } from "../../contract/secret.ts";
import type { CallList, ProviderBench } from "./bench.ts";
import type { Login } from "./login.ts";

/** Something that a provider does besides logging in. */
export interface Operation {
  /** The member of the provider, with the purpose of a socket. */
  readonly name: string;
  /** What the bench declares; undefined where it declares nothing. */
  readonly calls: CallList | undefined;
  readonly run: (io: Io) => Promise<unknown>;
}

/** What this provider does with a session; what ends it comes last. */
export function operationsOf({ provider, calls }: ProviderBench, login: Login): readonly Operation[] {
  const { session, credentials, renewal } = login;
  const operations: (Operation | undefined)[] = [
    provider.probe && {
      name: "probe",
      calls: calls.probe,
      run: async (io) => provider.probe?.(session, credentials, io),
    },
    provider.network && {
      name: "network",
      calls: calls.network,
      run: async (io) => provider.network?.(session, credentials, io),
    },
    provider.serverTime && {
      name: "serverTime",
      calls: calls.serverTime,
      run: async (io) => provider.serverTime?.(credentials, io),
    },
    ...Object.entries(calls.socket ?? {}).map(([purpose, list]) => ({
      name: `socket for ${purpose}`,
      calls: list,
      run: async (io: Io) => provider.socket?.(session, credentials, purpose, io),
    })),
    provider.renew &&
      renewal && {
        name: "renew",
        calls: calls.renew,
        run: async (io) => provider.renew?.(renewal, credentials, io),
      },
    provider.revoke && {
      name: "revoke",
      calls: calls.revoke,
      run: async (io) => provider.revoke?.(session, credentials, io),
    },
  ];
  return operations.filter((one) => one !== undefined);
}

/** The parts of TOTP enrolment, where the provider has it. */
export function enrolmentOf(
  { provider: { enrolment } }: ProviderBench,
  { session, credentials }: Login,
): readonly Operation[] {
  if (enrolment === undefined) return [];
  // Any Base32 will do: what the kit asks here is asked before or without an answer of the broker.
  const made = new Secret("JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP");
  const calls = undefined;
  return [
    { name: "enrolment.generate", calls, run: (io) => enrolment.generate(session, credentials, io) },
    { name: "enrolment.enable", calls, run: (io) => enrolment.enable(made, session, credentials, io) },
    { name: "enrolment.disable", calls, run: (io) => enrolment.disable(session, credentials, io) },
  ];
}
