import { isBrokerAuthError } from "@x/core";
import { fakeClock, scriptedFetch, testContext } from "@x/core/testing";
import { startedAt } from "../../../../packages/nubra/src/testing/answers.ts";
import { type HostileAnswers, hostileAnswers, type Json, playAnswer } from "./hostile-answer.ts";
import { type HostileCall, hostileCalls } from "./hostile-call.ts";
import { bodyCap, type HostileFindings, seen } from "./seen-answer.ts";
import { breakServers } from "./hostile-server.ts";
import { counted, exactly, faults, highest, none, type Proof, told, total } from "../harness/proof.ts";
import { judgeAnswers } from "./hostile-verdict.ts";

export const proof: Proof = {
  promises: ["P7", "P8"],
  bar: ">= 50,000 generated answers: uncaught 0, sessions accepted wrongly 0, bytes read within the cap, prototypes changed 0",
  async run(context) {
    const wanted = context.scale === "full" ? 50_000 : 1_500;
    const before = prototypes();
    using uncaught = countUncaught();
    const found = {
      answers: total("answers to calls"),
      judged: total("to requests judged"),
      overSockets: total("over real sockets"),
      strangers: faults("errors of another kind"),
      wrong: faults("accepted wrongly"),
      accepted: total("accepted with good reason"),
      overRead: highest("bytes beyond the cap after which more were read", { atMost: 0 }),
    };
    const codes = new Set<string>();
    const answers = hostileAnswers(context.random);
    // Good answers first: what is refused has to be accepted otherwise.
    const calls = await hostileCalls();
    const unharmed = await acceptGoodAnswers(calls);
    let played = 0;
    // With a changed prototype nothing that comes after means anything.
    for (; played < wanted && changes(before, prototypes()) === 0; played += calls.length)
      for (const call of calls) await playOne(call, answers, found, codes);
    if (played >= wanted) {
      await judgeAnswers(answers, context, found);
      await breakServers(context, found);
    }
    return counted(found, {
      "calls that refuse a good answer": none(unharmed),
      uncaught: exactly(uncaught.count, 0),
      "kinds of refusals": told(codes.size),
      "prototypes changed": exactly(changes(before, prototypes()), 0),
    });
  },
};

type Found = HostileFindings;

async function playOne(call: HostileCall, answers: HostileAnswers, found: Found, codes: Set<string>): Promise<void> {
  const answer = answers((call.good[call.at]?.json ?? {}) as Json);
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
  const preview = `${answer.status} ${new TextDecoder().decode(answer.body.subarray(0, 160))}`;
  found.answers.add(1);
  try {
    const result = await call.run(testContext({ clock: fakeClock(startedAt), fetch }));
    const fault = call.fault(result, seen(answer, following));
    found.accepted.add(1);
    if (fault !== undefined) found.wrong.add(`${call.name}: ${fault} (${preview})`);
  } catch (error) {
    if (isBrokerAuthError(error)) codes.add(error.code);
    else found.strangers.add(`${call.name}: ${String(error)} (${preview})`);
  }
  found.overRead.add(played.askedAfter() - bodyCap);
}

/** Tells which calls refuse them. */
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
