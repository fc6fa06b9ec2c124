import type { TokenStore } from "@x/core";
import { loginSteps, openTestEnvironment } from "@x/test-environment";
import { outcomeOf } from "../harness/outcome.ts";
import { counted, faults, highest, type Proof, type ProofContext, total } from "../harness/proof.ts";
import { requests } from "../harness/requests.ts";

const windowMs = 600_000;
const apartMs = 600_000;

const newFound = () => ({
  others: total("logins of the other device"),
  ours: total("of ours"),
  inWindow: highest("of ours in 10 minutes (at most)", { exactly: 2 }),
  replaced: total("requests told session_replaced", { atLeast: 1 }),
  wrong: faults("told anything else"),
});

type Found = ReturnType<typeof newFound>;
type Name = "main" | "hedge";

export const proof: Proof = {
  promises: ["P5"],
  bar: "a second device keeps logging in: at most 2 logins of ours in any 10 minutes, then session_replaced, on one host and on three whose clocks are ten minutes apart",
  async run(context) {
    const found = newFound();
    for (const apart of [false, true])
      for (const name of ["main", "hedge"] as const)
        // At once after each of ours, and every now and then.
        for (const everyMs of [0, 20_000, 240_000]) await fight(name, everyMs, apart, context, found);
    return counted(found);
  },
};

/**
 * Three programs on one store ask all the time, and start anew now and then, while the other device logs in.
 * @param apart each program is on a host of its own, on a store for several hosts
 */
async function fight(name: Name, everyMs: number, apart: boolean, context: ProofContext, found: Found): Promise<void> {
  const { scale, random } = context;
  await using test = await openTestEnvironment();
  const { clock, sandbox } = test;
  const store: TokenStore = apart ? { ...test.store, scope: "network" } : test.store;
  const engines = [0, apartMs, -apartMs].map((ms) => () => test.engine({ store, apartMs: apart ? ms : 0 }));
  const programs = engines.map((open) => open());
  const until = clock.now() + (scale === "full" ? 8 : 1) * 3_600_000;
  let seen = 0;
  let nextAt = clock.now();
  while (clock.now() < until) {
    const place = Math.floor(random() * programs.length);
    const told = await outcomeOf(programs[place]!.fetch(name, requests[name].read.path));
    found.replaced.add(told === "session_replaced");
    if (told !== "session_replaced" && told !== "200") found.wrong.add(told);
    if (random() < 0.05) programs[place] = engines[place]!();
    if (everyMs === 0 ? test.minted(name) > seen : clock.now() >= nextAt) {
      seen = test.minted(name);
      found.others.add(1);
      nextAt = clock.now() + everyMs * (0.5 + random());
      if (name === "main") sandbox.nubra.otherDeviceLogin(name);
      else test.endSessions(name);
    }
    clock.advance(1_000 + random() * 9_000);
  }
  const minted = sandbox.journal.entries({ account: name, step: loginSteps[name].mpin, outcome: "accepted" });
  found.ours.add(minted.length);
  for (const { at } of minted)
    found.inWindow.add(minted.filter((one) => one.at >= at && one.at < at + windowMs).length);
}
