import { openRelayedBrokers } from "./relayed-brokers.ts";
import { alteredLogins, playLogin } from "./altered-logins.ts";
import { counted, none, type Proof, told } from "../harness/proof.ts";
import { deadSessions, firewallPages, livingSessions, oddStatuses, type Relabelled } from "./relabelled-answers.ts";
import { readStreams } from "./streamed-answers.ts";

export const proof: Proof = {
  promises: ["P6", "P8"],
  bar: "numbers at their edges, contradicting answers, masked and foreign identities, odd labels, statuses and reason phrases, answers in pieces, streams: 0 taken wrongly, 0 dead sessions missed, 0 values shown, every record written can be read, a stream's first byte is handed on at once",
  async run(context) {
    const { scale, random } = context;
    const some = <Item>(items: readonly Item[], share: number): readonly Item[] =>
      scale === "full" ? items : items.filter(() => random() < share);
    await using brokers = await openRelayedBrokers(context);

    const logins = some(alteredLogins(brokers), 0.15);
    const wrong: string[] = [];
    for (const login of logins) {
      const fault = await playLogin(brokers, login);
      if (fault !== undefined) wrong.push(fault);
    }
    const play = async (cases: readonly Relabelled[]): Promise<string[]> => {
      const faults: string[] = [];
      for (const one of cases) {
        const fault = await one.play(brokers);
        if (fault !== undefined) faults.push(`${one.what}: ${fault}`);
      }
      return faults;
    };
    const dead = some(deadSessions(), 0.15);
    const missed = await play(dead);
    const living = some([...livingSessions(), ...firewallPages()], 0.08);
    const given = await play(living);
    const odd = some(oddStatuses(), 0.3);
    const changed = await play(odd);
    const { streams, held, slowestMs } = await readStreams(brokers);

    return counted({
      "bent logins": told(logins.length),
      "taken wrongly": none(wrong.filter((fault) => !isRecord(fault))),
      "records that another program cannot read": none(wrong.filter(isRecord)),
      "dead sessions": told(dead.length),
      missed: none(missed),
      "living sessions": told(living.length),
      "given up": none(given),
      "odd statuses": told(odd.length),
      "handed on changed": none(changed),
      streams: told(streams),
      "first bytes held back": none(held),
      "ms at most to the first byte": told(slowestMs.other),
      "ms of what begins as an object": told(slowestMs.object),
      "values shown": none(brokers.shown()),
    });
  },
};

function isRecord(fault: string): boolean {
  return fault.endsWith("a record that another program cannot read");
}
