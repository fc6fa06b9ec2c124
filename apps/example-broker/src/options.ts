import { BrokerAuthError } from "@x/core/adapter";
import { int, maximum, minimum, optional, safeParse, strictObject } from "zod/mini";
import { brokerId } from "./endpoints.ts";

/** How the adapter speaks to the broker: the same for every account. */
export interface ExampleBrokerOptions {
  /** How long one call may take, in milliseconds from 1 to 600 000. Default 10 000. */
  readonly timeoutMs?: number | undefined;
  /** The largest answer that is read, in bytes from 1 024 to 16 777 216. Default 262 144. */
  readonly maxBodyBytes?: number | undefined;
}

const schema = strictObject({
  timeoutMs: optional(int().check(minimum(1), maximum(600_000))),
  maxBodyBytes: optional(int().check(minimum(1024), maximum(16_777_216))),
});

const expectations: Readonly<Record<string, string>> = {
  timeoutMs: "must be a whole number of milliseconds from 1 to 600000",
  maxBodyBytes: "must be a whole number of bytes from 1024 to 16777216",
};

/** @throws BrokerAuthError `configuration` naming the option */
export function parseOptions(options: ExampleBrokerOptions): ExampleBrokerOptions {
  const parsed = safeParse(schema, options);
  if (parsed.success) return parsed.data;
  const name = String(parsed.error.issues[0]?.path[0] ?? "options");
  const message = expectations[name] ?? `must be an object; there are ${Object.keys(expectations).join(", ")}`;
  throw new BrokerAuthError("configuration", `${name}: ${message}`, { broker: brokerId, field: name });
}
