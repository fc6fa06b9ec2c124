// Three automatic logins, a minute apart, and what they left. Started by itself, it prints them for the account that its argument names.
import { createBrokerAuth, isBrokerAuthError, memoryStore } from "@x/core";
import { type KotakNeoAccount, kotakNeo } from "@x/kotak-neo";
import { nubra, type NubraAccount } from "@x/nubra";

export type AnAccount = ({ broker: "nubra" } & NubraAccount) | ({ broker: "kotak-neo" } & KotakNeoAccount);

export interface ThreeLogins {
  /** How each login ended: an error code, or `ok`. */
  readonly codes: readonly string[];
  readonly messages: readonly string[];
  /** Afterwards. */
  readonly state: string;
}

export async function threeLogins(account: AnAccount, given?: typeof fetch): Promise<ThreeLogins> {
  let aheadMs = 0;
  await using auth = createBrokerAuth({
    brokers: [nubra(), kotakNeo()],
    accounts: { a: account },
    store: memoryStore(),
    random: () => 0.5,
    clock: { now: () => Date.now() + aheadMs, sleep: async (ms) => void (aheadMs += ms) },
    ...(given === undefined ? {} : { fetch: given }),
  });
  const codes: string[] = [];
  const messages: string[] = [];
  for (let time = 0; time < 3; time++) {
    try {
      await auth.session("a");
      codes.push("ok");
    } catch (error) {
      codes.push(isBrokerAuthError(error) ? error.code : String(error));
      messages.push(isBrokerAuthError(error) ? `${error.message} ${error.action}` : "");
    }
    aheadMs += 61_000;
  }
  const { state } = await auth.status("a");
  return { codes, messages, state };
}

if (import.meta.main) console.log(JSON.stringify(await threeLogins(JSON.parse(process.argv[2] ?? "") as AnAccount)));
