import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createBrokerAuth, memoryStore } from "@x/core";
import { type Sandbox, startSandbox } from "@x/sandbox";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { loadConfig } from "@x/config";
import { kotakNeo } from "@x/kotak-neo";
import { nubra } from "@x/nubra";
import { type Holding, readHoldings } from "./portfolio.ts";

const ownFile = new URL("../broker-auth.yaml", import.meta.url);
const ownEnv = new URL("../sandbox.env", import.meta.url);

let folder = "";
let sandbox: Sandbox;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "broker-auth-demo-"));
  sandbox = await startSandbox();
});
afterEach(async () => {
  await sandbox.close();
  await rm(folder, { recursive: true, force: true });
});

/** A program: it reads its configuration, and its holdings at whatever "trading" means there. */
async function program(file: string): Promise<readonly Holding[]> {
  const addresses = new Map([
    ["nubra", sandbox.nubra.url],
    ["kotak-neo", sandbox.kotakNeo.loginUrl],
  ]);
  const configuration = await loadConfig(file, {
    brokers: [nubra, kotakNeo],
    resolvers: { sandbox: (broker) => addresses.get(broker) },
    env: {},
  });
  const auth = createBrokerAuth({ ...configuration, store: memoryStore() });
  try {
    return await readHoldings(auth, "trading");
  } finally {
    await auth.close();
  }
}

function holdingsCalls(): readonly string[] {
  return sandbox.journal.entries({ step: "holdings", outcome: "accepted" }).map(({ broker }) => broker);
}

describe("a program that says trading", () => {
  it("calls the other broker when one word of its configuration file is changed", async () => {
    const file = join(folder, "broker-auth.yaml");
    await writeFile(join(folder, ".env"), await readFile(ownEnv, "utf8"), { mode: 0o600 });
    const text = await readFile(ownFile, "utf8");

    await writeFile(file, text);
    expect(await program(file)).toEqual([{ symbol: "INVENTED", quantity: 7, averagePrice: 101.5 }]);
    expect(holdingsCalls()).toEqual(["nubra"]);
    expect(sandbox.journal.count({ broker: "kotak-neo" })).toBe(0);

    const mark = sandbox.journal.mark();
    await writeFile(file, text.replace("trading: main", "trading: hedge"));
    expect(await program(file)).toEqual([]);
    expect(holdingsCalls()).toEqual(["nubra", "kotak-neo"]);
    expect(sandbox.journal.count({ broker: "nubra", after: mark })).toBe(0);
  });
});

describe("holdings", () => {
  // Answers as Nubra's page shows them and as independent clients read them from Kotak Neo, with invented values.
  const answers = {
    nubra: {
      message: "holdings",
      portfolio: {
        client_code: "XXXXXX",
        holding_stats: { invested_amount: 245_292, current_value: 246_625, total_pnl: 1333 },
        holdings: [
          { ref_id: 1, displayName: "INVENTED", symbol: "INVENTED", qty: 1, avg_price: 245_292, ltp: 246_625 },
        ],
      },
    },
    "kotak-neo": {
      data: [
        { displaySymbol: "INVENTED", averagePrice: 2452.92, quantity: 1, exchangeSegment: "nse_cm", mktValue: 2466.25 },
      ],
    },
  };

  it.each(["nubra", "kotak-neo"] as const)("of %s have the one shape of the program", async (broker) => {
    const auth = {
      session: () => Promise.resolve({ broker } as never),
      fetch: () => Promise.resolve(Response.json(answers[broker])),
    };
    expect(await readHoldings(auth, "trading")).toEqual([{ symbol: "INVENTED", quantity: 1, averagePrice: 2452.92 }]);
  });

  it("that the broker does not give are an error, not an empty list", async () => {
    const auth = {
      session: () => Promise.resolve({ broker: "nubra" } as never),
      fetch: () => Promise.resolve(new Response(null, { status: 500 })),
    };
    await expect(readHoldings(auth, "trading")).rejects.toThrow("status code 500");
  });
});
