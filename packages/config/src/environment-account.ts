import { BrokerAuthError, type BrokerAuthProvider, type ConfiguredAccount, secret } from "@x/core";
import { type Environment, readVariable } from "./environment.ts";
import type { BrokerFactory } from "./parsed-configuration.ts";

/**
 * An account whose fields come from the environment variables that the provider names for them (`fields[].env`, the first one that is set).
 * Optional fields without a variable are left out.
 * @param broker an adapter's function or what it makes: `nubra` and `nubra()` say the same here
 * @throws BrokerAuthError `configuration` naming the variables of all required fields that are not set
 */
export function accountFromEnv(
  broker: BrokerAuthProvider | BrokerFactory,
  env: Environment = process.env,
): ConfiguredAccount {
  const provider = providerOf(broker);
  if (typeof env !== "object" || env === null)
    throw wrong("env", "must be an object of variables, such as process.env");
  const account: Record<string, unknown> = { broker: provider.broker };
  const missing: { readonly name: string; readonly env: readonly string[] }[] = [];
  for (const [name, field] of Object.entries(provider.fields)) {
    const names = field.env || [];
    const variable = names.find((candidate) => readVariable(env, candidate) !== undefined);
    const value = variable === undefined ? undefined : readVariable(env, variable);
    if (value !== undefined) account[name] = field.secret ? secret(value) : value;
    else if (field.required && names.length > 0) missing.push({ name, env: names });
  }
  const [first] = missing;
  if (first !== undefined) {
    const alone = missing.length === 1;
    const variables = missing.map(({ env: names }) => names.join(" or ")).join(", ");
    throw new BrokerAuthError("configuration", `${first.name}: ${variables} ${alone ? "is" : "are"} not set`, {
      broker: provider.broker,
      field: first.name,
      action: `Set ${alone ? "it" : "them"} in the environment, or start the program with node --env-file=.env.`,
    });
  }
  return account as unknown as ConfiguredAccount;
}

function providerOf(broker: unknown): BrokerAuthProvider {
  const provider: unknown = typeof broker === "function" ? broker() : broker;
  if (typeof provider !== "object" || provider === null || !("fields" in provider) || !("broker" in provider))
    throw wrong("broker", "must be an adapter itself and not its name: accountFromEnv(nubra())");
  return provider as BrokerAuthProvider;
}

function wrong(field: string, message: string): BrokerAuthError {
  return new BrokerAuthError("configuration", `${field}: ${message}`, { field });
}
