import { type BrokerAuthProvider, type ConfiguredAccount, secret } from "@x/core";
import { type Environment, readVariable } from "./environment.ts";

/**
 * An account whose fields come from the environment variables that the provider names for them (`fields[].env`, the first one that is set).
 * Fields without a variable are left out; `createBrokerAuth` names the first one that it misses.
 */
export function accountFromEnv(provider: BrokerAuthProvider, env: Environment = process.env): ConfiguredAccount {
  const account: Record<string, unknown> = { broker: provider.broker };
  for (const [name, field] of Object.entries(provider.fields)) {
    const variable = field.env?.find((candidate) => readVariable(env, candidate) !== undefined);
    const value = variable === undefined ? undefined : readVariable(env, variable);
    if (value !== undefined) account[name] = field.secret ? secret(value) : value;
  }
  return account as unknown as ConfiguredAccount;
}
