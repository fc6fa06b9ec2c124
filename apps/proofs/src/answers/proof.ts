import { openRelayedBrokers } from "./relayed-brokers.ts";
import { alteredLogins, playLogin, unreadable } from "./altered-logins.ts";
import { counted, faults, none, type Proof, type Tally, total } from "../harness/proof.ts";
import {
  deadSessions,
  firewallPages,
  livingSessions,
  oddStatuses,
  playRelabelled,
  type Relabelled,
} from "./relabelled-answers.ts";
import { readStreams } from "./streamed-answers.ts";

export const proof: Proof = {
  promises: ["P6", "P8"],
  bar: "numbers at their edges, contradicting answers, masked and foreign identities, odd labels, statuses and reason phrases, answers in pieces, streams: 0 taken wrongly, 0 dead sessions missed, 0 values shown, every record written can be read, a stream's first byte is handed on at once",
  async run(context) {
    const { scale, random } = context;
    const some = <Item>(items: readonly Item[], share: number): readonly Item[] =>
      scale === "full" ? items : items.filter(() => random() < share);
    await using brokers = await openRelayedBrokers(context);

    const found = {
      logins: total("bent logins"),
      wrong: faults("taken wrongly"),
      unreadable: faults("records that another program cannot read"),
      dead: total("dead sessions"),
      missed: faults("missed"),
      living: total("living sessions"),
      given: faults("given up"),
      odd: total("odd statuses"),
      changed: faults("handed on changed"),
    };
    for (const login of some(alteredLogins(brokers), 0.15)) {
      found.logins.add(1);
      const fault = await playLogin(brokers, login);
      if (fault !== undefined) (fault.endsWith(unreadable) ? found.unreadable : found.wrong).add(fault);
    }
    const play = async (cases: readonly Relabelled[], count: Tally<number>, wrong: Tally<string>): Promise<void> => {
      for (const one of cases) {
        count.add(1);
        const fault = await playRelabelled(brokers, one);
        if (fault !== undefined) wrong.add(fault);
      }
    };
    await play(some(deadSessions(), 0.15), found.dead, found.missed);
    await play(some([...livingSessions(), ...firewallPages()], 0.08), found.living, found.given);
    await play(some(oddStatuses(), 0.3), found.odd, found.changed);
    return counted(found, await readStreams(brokers), { "values shown": none(brokers.shown()) });
  },
};
