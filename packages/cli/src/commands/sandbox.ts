import { SandboxError, startSandbox } from "@x/sandbox";
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
    const { nubra, kotakNeo, controlUrl } = running;
    const addresses = {
      nubra: nubra.url,
      kotakNeoLogin: kotakNeo.loginUrl,
      kotakNeoTrading: kotakNeo.tradingUrl,
      control: controlUrl,
    };
    const [main] = nubra.accounts();
    await print(
      options.json === true
        ? jsonLine(addresses)
        : `Broker sandbox. All credentials are invented; nothing reaches a broker. Ctrl-C ends it.

  Nubra      ${nubra.url}
  Kotak Neo  ${kotakNeo.loginUrl}
  Control    ${controlUrl}

In another terminal:
  broker-auth init --broker nubra --account main --set environment=sandbox baseUrl=${nubra.url}
    phone ${word(main?.["phone"])}, MPIN ${word(main?.["mpin"])}, TOTP secret ${word(main?.["totpSecret"])}
`,
    );
    await interruptible(new Promise<never>(() => setInterval(() => undefined, 2 ** 30)));
  } catch (error) {
    if (error instanceof SandboxError) throw new BrokerAuthError("configuration", error.message);
    // Ctrl-C is how it ends.
    if (!(error instanceof Interrupted)) throw error;
    process.exit(0);
  }
}

function word(value: unknown): string {
  return typeof value === "string" ? value : "";
}
