import { BrokerAuthError, type BrokerAuthProvider, type ConfiguredAccount, secret } from "@x/core";
import { type Environment, readVariable } from "./environment.ts";

/**
 * An account whose fields come from the environment variables that the provider names for them (`fields[].env`, the first one that is set).
 * Optional fields without a variable are left out.
 * @throws BrokerAuthError `configuration` naming the variables of all required fields that are not set
 */
export function accountFromEnv(provider: BrokerAuthProvider, env: Environment = process.env): ConfiguredAccount {
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
    const variables = missing.map(({ env: names }) => names.join(" or ")).join(", ");
    throw new BrokerAuthError("configuration", `${first.name}: ${variables} not set`, {
      broker: provider.broker,
      field: first.name,
      action: `Set ${missing.length === 1 ? "it" : "them"} in the environment, or start the program with node --env-file=.env.`,
    });
  }
  return account as unknown as ConfiguredAccount;
}
