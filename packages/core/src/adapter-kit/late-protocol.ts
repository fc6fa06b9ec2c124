import type { ProviderContext } from "../contract/provider-context.ts";
import { loadPart } from "../errors/missing-part.ts";

/** What every function of an adapter's protocol takes last. */
interface ProtocolClient {
  readonly settings: unknown;
  readonly credentials: unknown;
  readonly context: ProviderContext;
}

type Run = (...given: never[]) => unknown;

/** A function of the protocol as the contract has it: credentials and context in place of the client. */
type Bound<Function, Client extends ProtocolClient> = Function extends (
  ...given: [...infer Given, Client]
) => infer Result
  ? (...given: [...Given, Client["credentials"], ProviderContext]) => Promise<Awaited<Result>>
  : never;

/**
 * Makes members of a provider out of the functions of a module that is loaded at the first call of one of them, and the schema library with it: a
 * program that only adopts a stored session pays for neither.
 * @param load such as `() => import("./protocol.ts")`, one and the same function for all accounts
 * @param of the package, for the error where it cannot be loaded
 */
export function lateProtocol<Client extends ProtocolClient, Protocol extends object>(
  load: () => Promise<Protocol>,
  of: string,
  settings: Client["settings"],
): <Name extends keyof Protocol>(name: Name) => Bound<Protocol[Name], Client> {
  return (name) => {
    const member = async (...given: unknown[]): Promise<unknown> => {
      const [credentials, context] = given.splice(-2);
      const run = (await loadPart(load, of))[name] as Run;
      return run(...([...given, { settings, credentials, context }] as never[]));
    };
    return member as unknown as Bound<Protocol[typeof name], Client>;
  };
}
