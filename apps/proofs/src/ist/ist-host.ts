// A program on a host in some time zone (TZ): prints what it makes of the given days in India, as one line of JSON.
import { formatIndiaTime } from "@x/core";
import { nextIndiaTime } from "@x/core/adapter";
import { kotakNeo } from "@x/kotak-neo";
import { nubra } from "@x/nubra";
import { openTestEnvironment } from "@x/test-environment";

const minuteMs = 60_000;

const midnights = JSON.parse(process.argv[2] ?? "[]") as readonly number[];
const days = [];
for (const midnight of midnights) days.push(await liveThrough(midnight));
console.log(JSON.stringify({ offsets: hostOffsets(), computed: midnights.map(compute), days }));

/** What is pure: around one midnight in India. */
function compute(midnight: number): readonly unknown[] {
  return [-1_000, -1, 0, 1_000].map((ms) => {
    const now = midnight + ms;
    return [
      nextIndiaTime(now),
      nextIndiaTime(now, { hour: 9, minute: 15 }),
      formatIndiaTime(now),
      kotakNeo().latestExpiry(now),
      nubra().latestExpiry(now) - now,
    ];
  });
}

/** What a trading program sees: logged in before midnight, looked at around it, logged in again after it; and logins that begin right there. */
async function liveThrough(midnight: number): Promise<readonly unknown[]> {
  await using test = await openTestEnvironment({ startAt: midnight - 20 * minuteMs });
  const auth = test.engine();
  const nubraEnd = (await auth.session("main")).expiresAt - midnight;
  const kotakNeoEnd = (await auth.session("hedge")).expiresAt - midnight;
  const states = [];
  for (const ms of [-60_001, -60_000, -1_000, -1, 0, 1_000]) {
    test.clock.set(midnight + ms);
    const { state } = await auth.status("hedge");
    states.push([ms, state]);
  }
  const { issuedAt, expiresAt, generation } = await auth.session("hedge");
  const minted = test.minted("hedge");
  const after = [issuedAt - midnight, expiresAt - midnight, generation - midnight, minted];
  return [nubraEnd, kotakNeoEnd, states, after, await begin(midnight - 1_000), await begin(midnight + 1_000)];
}

async function begin(at: number): Promise<readonly number[]> {
  await using test = await openTestEnvironment({ startAt: at });
  const { issuedAt, expiresAt } = await test.engine().session("hedge");
  return [issuedAt - at, expiresAt - at];
}

// Shows that the host's zone is in force, and changes over the year where it has summer time.
function hostOffsets(): readonly number[] {
  return [0, 6].map((month) => new Date(2031, month, 1).getTimezoneOffset());
}
