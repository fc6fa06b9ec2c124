import type { TokenStore } from "@x/core";
import { loginSteps, openTestEnvironment } from "@x/test-environment";
import { outcomeOf } from "../harness/outcome.ts";
import { requests } from "../harness/requests.ts";
import { atLeast, counted, exactly, none, type Proof, type ProofContext, told } from "../harness/proof.ts";

const windowMs = 600_000;
const apartMs = 600_000;

export const proof: Proof = {
  promises: ["P5"],
  bar: "a second device keeps logging in: at most 2 logins of ours in any 10 minutes, then session_replaced, on one host and on three whose clocks are ten minutes apart",
  async run(context) {
    const found = { others: 0, ours: 0, inWindow: 0, replaced: 0, wrong: [] as string[] };
    const hosts = [false, true].flatMap((apart) => (["main", "hedge"] as const).map((name) => ({ name, apart })));
    for (const { name, apart } of hosts) {
      // At once after each of ours, and every now and then.
      for (const everyMs of [0, 20_000, 240_000]) {
        const one = await fight(name, everyMs, apart, context);
        found.others += one.others;
        found.ours += one.ours.length;
        found.inWindow = Math.max(found.inWindow, busiest(one.ours));
        found.replaced += one.codes.filter((code) => code === "session_replaced").length;
        found.wrong.push(...one.codes.filter((code) => code !== "session_replaced" && code !== "200"));
      }
    }
    return counted({
      "logins of the other device": told(found.others),
      "of ours": told(found.ours),
      "of ours in 10 minutes (at most)": exactly(found.inWindow, 2),
      "requests told session_replaced": atLeast(found.replaced, 1),
      "told anything else": none(found.wrong),
    });
  },
};

/**
 * Three programs on one store ask all the time, and start anew now and then, while the other device logs in.
 * @param apart each program is on a host of its own, on a store for several hosts
 */
async function fight(
  name: "main" | "hedge",
  everyMs: number,
  apart: boolean,
  { scale, random }: ProofContext,
): Promise<{ readonly others: number; readonly ours: readonly number[]; readonly codes: readonly string[] }> {
  await using test = await openTestEnvironment();
  const { clock, sandbox } = test;
  const store: TokenStore = apart ? { ...test.store, scope: "network" } : test.store;
  const engines = [0, apartMs, -apartMs].map((ms) => () => test.engine({ store, apartMs: apart ? ms : 0 }));
  const programs = engines.map((open) => open());
  const ours = (): number => test.minted(name);
  const until = clock.now() + (scale === "full" ? 8 : 1) * 3_600_000;
  const codes: string[] = [];
  let others = 0;
  let seen = 0;
  let nextAt = clock.now();
  while (clock.now() < until) {
    const place = Math.floor(random() * programs.length);
    const asked = programs[place]!.fetch(name, requests[name].read.path);
    codes.push(await outcomeOf(asked));
    if (random() < 0.05) programs[place] = engines[place]!();
    if (everyMs === 0 ? ours() > seen : clock.now() >= nextAt) {
      seen = ours();
      others += 1;
      nextAt = clock.now() + everyMs * (0.5 + random());
      if (name === "main") sandbox.nubra.otherDeviceLogin(name);
      else test.endSessions(name);
    }
    clock.advance(1_000 + random() * 9_000);
  }
  const minted = sandbox.journal.entries({ account: name, step: loginSteps[name].mpin, outcome: "accepted" });
  return { others, ours: minted.map(({ at }) => at), codes };
}

/** The most moments that lie within ten minutes. */
function busiest(moments: readonly number[]): number {
  return Math.max(0, ...moments.map((from) => moments.filter((at) => at >= from && at < from + windowMs).length));
}
