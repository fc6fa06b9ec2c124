import { setImmediate as turn } from "node:timers/promises";
import { openTestEnvironment } from "@x/test-environment";
import { counted, type Proof, type ProofContext, total } from "../harness/proof.ts";
import { addressOf, requests } from "../harness/requests.ts";

const programs = 4;

export const proof: Proof = {
  promises: ["P4", "P5"],
  bar: "requests refused with generation g, told before, while and after g+1 is minted: 1 login, 0 good sessions destroyed",
  async run(context) {
    const count = context.scale === "full" ? 1_000 : 120;
    const found = newFound(2 * count);
    for (const name of ["main", "hedge"] as const) await refuseAll(name, count, context, found);
    return counted(found);
  },
};

const newFound = (requested: number) => ({
  /** At the broker, for the dead session. */
  refused: total(`of ${requested} requests refused`, { exactly: requested }),
  main: total("logins at Nubra", { exactly: 1 }),
  hedge: total("logins at Kotak Neo", { exactly: 1 }),
  /** Generations that a program declared dead. */
  ended: total("sessions ended", { exactly: 2 }),
  destroyed: total("good sessions destroyed", { exactly: 0 }),
  failed: total("requests that did not come through", { exactly: 0 }),
  tooOften: total("sent more than twice", { exactly: 0 }),
});

type Found = ReturnType<typeof newFound>;

async function refuseAll(name: "main" | "hedge", count: number, context: ProofContext, found: Found): Promise<void> {
  await using test = await openTestEnvironment();
  const { journal } = test.sandbox;
  const gates = openGates(name);
  // A machine with much to do must not end a call: a login that is cut off is another matter than the one that is shown here.
  const patient = { fetch: gates.fetch, timeoutMs: 100_000, storeTimeoutMs: 100_000 };
  const engines = Array.from({ length: programs }, () => test.engine(patient));
  let first = 0;
  for (const auth of engines) {
    first = (await auth.session(name)).generation;
    auth.on(({ type }) => {
      found.ended.add(type === "session_ended");
      if (type === "failed") gates.open();
    });
  }
  const mark = journal.mark();
  const { path } = requests[name].read;
  test.endSessions(name);

  const sent = Array.from({ length: count }, async (_, index) => {
    // The first program's first request is always told at once: somebody has to find out.
    const place = index === 0 ? 0 : Math.floor(context.random() * 3);
    const query = `?request=${index}&told=${["before", "while", "after"][place]}`;
    const answer = await engines[index % programs]?.fetch(name, path + query);
    await answer?.body?.cancel();
    return answer?.status;
  });
  const outcomes = await Promise.allSettled(sent);
  const logins = test.arrivals(name, "mpin", { after: mark });

  // What the store holds now must be what lives at the broker: a program that starts uses it, and nobody has to log in.
  const late = test.engine();
  const [last] = await Promise.allSettled([late.fetch(name, path)]);
  const { generation } = await late.status(name);
  const again = test.arrivals(name, "mpin", { after: mark }) - logins;
  const sends = journal.entries({ account: name, path, after: mark });
  found.refused.add(sends.filter(({ outcome, query }) => outcome.startsWith("refused") && query !== "").length);
  found[name].add(logins);
  found.destroyed.add(again, generation <= first, last.status === "rejected" || last.value.status !== 200);
  found.failed.add(...outcomes.map((outcome) => outcome.status === "rejected" || outcome.value !== 200));
  for (const those of Object.values(Object.groupBy(sends, ({ query }) => query)))
    found.tooOften.add((those?.length ?? 0) > 2);
}

/** A network that holds the first answer to each request back: until a login has begun, or until it is over. */
function openGates(name: "main" | "hedge"): { readonly fetch: typeof fetch; open(): void } {
  const mintingPath = { main: "/verifypin", hedge: "/login/1.0/tradeApiValidate" }[name];
  const begun = Promise.withResolvers<void>();
  const over = Promise.withResolvers<void>();
  const seen = new Set<string>();
  const play: typeof fetch = async (input, init) => {
    const { pathname, searchParams } = addressOf(input);
    const told = searchParams.get("told");
    const request = searchParams.get("request") ?? "";
    if (pathname === mintingPath && seen.size > 0) {
      begun.resolve();
      // The answers that come meanwhile are read and judged before the login goes on.
      for (let rounds = 0; rounds < 20; rounds++) await turn();
    }
    const answer = await fetch(input, init);
    if (told === null) return answer;
    if (seen.has(request)) {
      // Only a new session can have led to this.
      if (answer.status === 200) over.resolve();
      return answer;
    }
    seen.add(request);
    if (told === "while") await begun.promise;
    if (told === "after") await over.promise;
    return answer;
  };
  return {
    fetch: play,
    // For a login that fails: nothing that is waited for would come any more.
    open() {
      begun.resolve();
      over.resolve();
    },
  };
}
