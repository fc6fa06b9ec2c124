import { isBrokerAuthError } from "@x/core";
import { fakeClock, scriptedFetch, testContext } from "@x/core/testing";
import { startedAt } from "../../../../packages/nubra/src/testing/answers.ts";
import { type HostileAnswers, hostileAnswers, type Json, playAnswer } from "./hostile-answer.ts";
import { type HostileCall, hostileCalls } from "./hostile-call.ts";
import { bodyCap, seen } from "./seen-answer.ts";
import { breakServers } from "./hostile-server.ts";
import { atMost, counted, exactly, none, type Proof, told } from "../harness/proof.ts";
import { judgeAnswers } from "./hostile-verdict.ts";

export const proof: Proof = {
  promises: ["P7", "P8"],
  bar: ">= 50,000 generated answers: uncaught 0, sessions accepted wrongly 0, bytes read within the cap, prototypes changed 0",
  async run(context) {
    const wanted = context.scale === "full" ? 50_000 : 1_500;
    const before = prototypes();
    using uncaught = countUncaught();
    const found = newFound();
    const answers = hostileAnswers(context.random);
    // Good answers first: what is refused has to be accepted otherwise.
    const calls = await hostileCalls();
    const unharmed = await acceptGoodAnswers(calls);
    while (found.answers < wanted && changes(before, prototypes()) === 0)
      for (const call of calls) await playOne(call, answers, found);
    // With a changed prototype nothing that comes after means anything.
    const changed = changes(before, prototypes());
    if (changed > 0)
      return counted({ "answers to calls": told(found.answers), "prototypes changed": exactly(changed, 0) });
    const judged = await judgeAnswers(answers, context);
    const sockets = await breakServers(context);
    return counted({
      "answers to calls": told(found.answers),
      "to requests judged": told(judged.answers),
      "over real sockets": told(sockets.answers),
      "calls that refuse a good answer": none(unharmed),
      uncaught: exactly(uncaught.count, 0),
      "errors of another kind": none([...found.strangers, ...judged.strangers, ...sockets.strangers]),
      "accepted wrongly": none([...found.faults, ...judged.faults, ...sockets.faults]),
      "accepted with good reason": told(found.accepted),
      "kinds of refusals": told(found.codes.size),
      "bytes beyond the cap after which more were read": atMost(Math.max(found.overRead, sockets.overRead), 0),
      "prototypes changed": exactly(changes(before, prototypes()), 0),
    });
  },
};

const newFound = () => ({
  answers: 0,
  accepted: 0,
  overRead: 0,
  strangers: [] as string[],
  faults: [] as string[],
  codes: new Set<string>(),
});
type Found = ReturnType<typeof newFound>;

async function playOne(call: HostileCall, answers: HostileAnswers, found: Found): Promise<void> {
  const answer = answers.next((call.good[call.at]?.json ?? {}) as Json);
  const played = playAnswer(answer);
  let calls = 0;
  let following: Headers | undefined;
  const fetch: typeof globalThis.fetch = async (input, init) => {
    const turn = calls++;
    if (turn === call.at) return played.response;
    if (turn === call.at + 1) following = new Headers(input instanceof Request ? input.headers : init?.headers);
    // Beyond the script there is nobody: the engine may probe a session, and is told nothing.
    return turn < call.good.length ? Response.json(call.good[turn]?.json) : new Response(null, { status: 503 });
  };
  found.answers += 1;
  try {
    const result = await call.run(testContext({ clock: fakeClock(startedAt), fetch }));
    const fault = call.fault(result, seen(answer, following));
    found.accepted += 1;
    if (fault !== undefined) found.faults.push(`${call.name}: ${fault} (${preview(answer.status, answer.body)})`);
  } catch (error) {
    if (isBrokerAuthError(error)) found.codes.add(error.code);
    else found.strangers.push(`${call.name}: ${String(error)} (${preview(answer.status, answer.body)})`);
  }
  found.overRead = Math.max(found.overRead, played.askedAfter() - bodyCap);
}

async function acceptGoodAnswers(all: readonly HostileCall[]): Promise<string[]> {
  const refused: string[] = [];
  const headers = { date: new Date(startedAt).toUTCString() };
  for (const { name, good, run } of all) {
    const { fetch } = scriptedFetch(...good.map((answer) => ({ ...answer, headers })));
    const outcome = await run(testContext({ clock: fakeClock(startedAt), fetch })).catch((error: unknown) => error);
    if (outcome instanceof Error) refused.push(`${name}: ${String(outcome)}`);
  }
  return refused;
}

function preview(status: number, body: Uint8Array): string {
  return `${status} ${new TextDecoder().decode(body.subarray(0, 160))}`;
}

function countUncaught(): Disposable & { readonly count: number } {
  let count = 0;
  const heard = (): void => void (count += 1);
  process.on("uncaughtException", heard).on("unhandledRejection", heard);
  return {
    get count() {
      return count;
    },
    [Symbol.dispose]: () => void process.off("uncaughtException", heard).off("unhandledRejection", heard),
  };
}

type Snapshot = ReadonlyMap<string, unknown>;

/** Every property of every prototype that a parsed answer can reach. */
function prototypes(): Snapshot {
  const plain = [Object, Array, String, Number, Boolean, Function, Error, Promise, Map, Set, Symbol];
  return new Map(
    [...plain, Headers, Response, Request, URL].flatMap(({ name, prototype }) =>
      Reflect.ownKeys(prototype).map((key) => {
        const { value, get } = Object.getOwnPropertyDescriptor(prototype, key) as { value?: unknown; get?: unknown };
        return [`${name}.${String(key)}`, value ?? get] as const;
      }),
    ),
  );
}

function changes(before: Snapshot, after: Snapshot): number {
  const names = new Set([...before.keys(), ...after.keys()]);
  const polluted = "polluted" in {} || "polluted" in [] ? 1 : 0;
  return [...names].filter((name) => before.get(name) !== after.get(name)).length + polluted;
}
