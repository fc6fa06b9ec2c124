import { demoAccounts, totpCode, TOTP_STEP_MS } from "@x/sandbox";
import { loginSteps, openTestEnvironment, type TestEnvironment } from "@x/test-environment";
import { counted, highest, type Proof, type ProofContext, total } from "../harness/proof.ts";

// No call takes longer than this on the way there, nor on the way back.
const slowestWayMs = 400;
const secrets = { main: demoAccounts.nubra[0]?.totpSecret ?? "", hedge: demoAccounts.kotakNeo[0]?.totpSecret ?? "" };

export const proof: Proof = {
  promises: ["P3"],
  bar: "logins begun at every 30 ms of the window, broker clocks from -10 to +10 minutes: 0 codes of another step, 0 steps used twice, all accepted",
  async run(context) {
    const [logins, clocks] = context.scale === "full" ? [1_000, 41] : [80, 5];
    const found = {
      succeeded: total(`of ${2 * logins} logins succeeded`, { exactly: 2 * logins }),
      sent: total("codes sent", { exactly: 2 * logins }),
      otherStep: total("codes of another step than the broker's", { exactly: 0 }),
      twice: total("steps used twice", { exactly: 0 }),
      refused: total("refused", { exactly: 0 }),
      zeros: total("codes with a leading zero", { atLeast: 1 }),
      zerosRefused: total("of them refused", { exactly: 0 }),
      notSix: total("texts without six characters", { exactly: 0 }),
      apart: highest("s between the clocks (at most)"),
    };
    for (let clock = 0; clock < clocks; clock++) {
      // From -10 minutes to +10 minutes, and not by whole seconds.
      const skewMs = Math.round((clock / (clocks - 1) - 0.5) * 1_200_000 + (context.random() - 0.5) * 999);
      const places = Array.from({ length: logins }, (_, place) => place).filter((place) => place % clocks === clock);
      found.apart.add(Math.round(Math.abs(skewMs) / 1_000));
      await using test = await openTestEnvironment();
      test.sandbox.clock.advance(skewMs);
      const placesMs = places.map((place) => (place * TOTP_STEP_MS) / logins);
      found.succeeded.add(await logIn(test, placesMs, context));
      for (const name of ["main", "hedge"] as const) {
        const arrived = test.sandbox.journal.entries({ account: name, step: loginSteps[name].totp });
        found.sent.add(arrived.length);
        const steps = new Set<number>();
        for (const { body, at, outcome } of arrived) {
          const { totp } = body as { readonly totp: unknown };
          const code = String(totp).padStart(6, "0");
          const here = Math.floor(at / TOTP_STEP_MS);
          // Steps between the code's own and the one at the broker when it arrived.
          const ahead = [0, -1, 1, -2, 2].find(
            (apart) => totpCode(secrets[name], (here + apart) * TOTP_STEP_MS) === code,
          );
          steps.add(here + (ahead ?? 99));
          const [zero, refused] = [code.startsWith("0"), outcome !== "accepted"];
          found.otherStep.add(ahead !== 0);
          found.refused.add(refused);
          found.zeros.add(zero);
          found.zerosRefused.add(zero && refused);
          // Nubra's wire has an integer there, which loses the zeros.
          found.notSix.add(name === "main" ? typeof totp !== "number" : totp !== code);
        }
        found.twice.add(arrived.length - steps.size);
      }
    }
    return counted(found);
  },
};

/** Logs both accounts in at each of these milliseconds into a time step, over a network that takes its time,  */
async function logIn(test: TestEnvironment, placesMs: readonly number[], { random }: ProofContext): Promise<number> {
  const slow: typeof fetch = async (input, init) => {
    test.clock.advance(Math.round(random() * slowestWayMs));
    const answer = await fetch(input, init);
    test.clock.advance(Math.round(random() * slowestWayMs));
    return answer;
  };
  let succeeded = 0;
  // One account after the other: in turns, the time that one takes would move the other out of the step it has used.
  for (const name of ["main", "hedge"] as const) {
    for (const [index, placeMs] of placesMs.entries()) {
      // Of five sessions within ten minutes the next one is not minted by itself.
      if (index % 4 === 0) test.clock.advance(600_000);
      // A program that starts: it knows what the store knows, and no more.
      const auth = test.engine({ fetch: slow });
      await auth.logout(name);
      test.clock.set(nextMoment(test.clock.now(), placeMs));
      const [outcome] = await Promise.allSettled([auth.session(name)]);
      succeeded += outcome.status === "fulfilled" ? 1 : 0;
    }
  }
  return succeeded;
}

/** The first moment from now on that lies so far into a time step of this computer's clock; often a step that was just used. */
function nextMoment(now: number, placeMs: number): number {
  const moment = Math.floor(now / TOTP_STEP_MS) * TOTP_STEP_MS + placeMs;
  return moment < now ? moment + TOTP_STEP_MS : moment;
}
