import { type Sandbox, SandboxError, startSandbox } from "@x/sandbox";
import { BrokerAuthError } from "@x/core";
import { Interrupted } from "../failure.ts";
import { interruptible } from "../interruption.ts";
import { jsonLine } from "../json-output.ts";
import { print } from "../terminal.ts";

export interface SandboxOptions {
  readonly state?: string | undefined;
  readonly json?: boolean | undefined;
}

/** Runs the brokers' sandboxes until Ctrl-C, and says how to log in there. */
export async function sandbox(options: SandboxOptions): Promise<void> {
  try {
    await using running = await startSandbox({ stateFile: options.state });
    await print(options.json === true ? jsonLine(addressesOf(running)) : greeting(running));
    await interruptible(new Promise<never>(() => setInterval(() => undefined, 2 ** 30)));
  } catch (error) {
    if (error instanceof SandboxError) throw new BrokerAuthError("configuration", error.message);
    // Ctrl-C is how it ends.
    if (!(error instanceof Interrupted)) throw error;
    process.exit(0);
  }
}

function addressesOf({ nubra, kotakNeo, zerodha, angelOne, controlUrl }: Sandbox): Readonly<Record<string, string>> {
  return {
    nubra: nubra.url,
    kotakNeoLogin: kotakNeo.loginUrl,
    kotakNeoTrading: kotakNeo.tradingUrl,
    zerodha: zerodha.url,
    angelOne: angelOne.url,
    control: controlUrl,
  };
}

function greeting({ nubra, kotakNeo, zerodha, angelOne, controlUrl }: Sandbox): string {
  const brokers = [
    [nubra, "nubra", "main", `baseUrl=${nubra.url}`, ["phone", "mpin", "totpSecret"]],
    [
      kotakNeo,
      "kotak-neo",
      "hedge",
      `loginBaseUrl=${kotakNeo.loginUrl}`,
      ["accessToken", "mobileNumber", "ucc", "mpin", "totpSecret"],
    ],
    [zerodha, "zerodha", "kite", `baseUrl=${zerodha.url}`, ["apiKey", "apiSecret", "userId"]],
    [angelOne, "angel-one", "angel", `baseUrl=${angelOne.url}`, ["apiKey", "clientCode", "pin", "totpSecret"]],
  ] as const;
  const inits = brokers.map(([broker, name, account, address, fields]) => {
    const [first] = broker.accounts();
    const width = Math.max(...fields.map((field) => field.length));
    const values = fields.map((field) => `\n      ${field.padEnd(width)}  ${word(first?.[field])}`);
    return `  broker-auth init --broker ${name} --account ${account} \\
    --set environment=sandbox ${address}${values.join("")}`;
  });
  return `Broker sandbox. All credentials are invented; nothing reaches a broker.
Ctrl-C ends it.
Control: ${controlUrl}

In another terminal, for an account at one of the brokers:
${inits.join("\n")}
`;
}

function word(value: unknown): string {
  return typeof value === "string" ? value : "";
}
