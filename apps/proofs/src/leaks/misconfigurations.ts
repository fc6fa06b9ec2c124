import { parseConfig } from "@x/config/parse";
import { createBrokerAuth, memoryStore } from "@x/core";
import { kotakNeo } from "@x/kotak-neo";
import { nubra } from "@x/nubra";
import type { ProofContext } from "../harness/proof.ts";
import type { LeakAccounts } from "../secrets/leak-accounts.ts";
import type { Overheard } from "../secrets/overheard.ts";

/** Accounts with values in the wrong form or in the wrong place. */
export function misconfigure(accounts: LeakAccounts, overheard: Overheard, { scale, random }: ProofContext): void {
  const bend: ((value: string) => unknown)[] = [
    (value) => `${value}!`,
    (value) => `${value}\n${value}`,
    (value) => value.slice(0, -1),
    (value) => `Bearer ${value} ${value}`,
    (value) => `https://user:${value}@host.test/${value}?${value}`,
    (value) => Number(value.replaceAll(/\D/g, "")),
    (value) => [value],
    (value) => ({ value }),
    (value) => value.repeat(100),
  ];
  const right = {
    nubra: { broker: "nubra", phone: "9000000001", mpin: "1357" },
    "kotak-neo": { broker: "kotak-neo", accessToken: "x", mobileNumber: "9000000001", ucc: "XY42Z" },
  };
  const providers = [nubra(), kotakNeo()];
  const attempt = (make: () => unknown): void => {
    overheard.configurations += 1;
    try {
      overheard.value(make());
    } catch (error) {
      overheard.error(error);
    }
  };
  for (const value of Object.values(accounts.markers)) {
    for (const bent of bend.filter(() => scale === "full" || random() < 0.15).map((change) => change(value))) {
      for (const { broker, fields } of providers) {
        for (const field of [...Object.keys(fields), "totpCode", ...asName(bent), "broker"]) {
          const main = { ...right[broker], [field]: bent } as never;
          attempt(() => createBrokerAuth({ brokers: providers, accounts: { main }, store: memoryStore() }));
        }
      }
      for (const option of ["otpStart", "totpWire", "totpIdentifier", "extraHeaders", "timeoutMs", ...asName(bent)]) {
        attempt(() => nubra({ [option]: bent }));
        attempt(() => nubra({ extraHeaders: { [option]: String(bent) } }));
      }
      for (const option of ["api", "neoFinKey", "trustedHosts", "tradingBaseUrl", "maxBodyBytes", ...asName(bent)])
        attempt(() => kotakNeo({ [option]: bent }));
    }
  }
}

/** A field is told by its name. What cannot be a name is a value in the wrong place, and must not be repeated. */
function asName(value: unknown): readonly string[] {
  return /^[A-Za-z]\w*$/.test(String(value)) ? [] : [String(value)];
}

/** Configurations whose names and values are in the wrong place. */
export async function misconfigureFiles(accounts: LeakAccounts, overheard: Overheard): Promise<void> {
  const options = { brokers: [nubra, kotakNeo], resolvers: { env: () => undefined } };
  for (const value of Object.values(accounts.markers)) {
    const named = { [`${value} `]: value };
    const main = { broker: "nubra", mpin: value };
    const inputs: unknown[] = [
      named,
      { accounts: { [`${value} `]: {} } },
      ...[value, { broker: value }, { ...main, mpin: [value] }, { ...main, mpin: named }].map((wrong) => ({
        accounts: { main: wrong },
      })),
      { accounts: { main: { ...main, [value]: value } }, use: { ...named, trading: value } },
      { accounts: { main }, brokers: { nubra: { otpStart: value }, [`${value} `]: {} } },
    ];
    for (const input of inputs) {
      overheard.configurations += 1;
      await overheard.run(async () => {
        // The configuration itself is the program's; what is said about it must not repeat it.
        const { warnings } = await parseConfig(input, options);
        return warnings;
      });
    }
  }
}
