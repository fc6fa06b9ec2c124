import { beforeAll, describe, expect, it } from "vitest";
import { addressOf, lending, minting } from "../../test/broken-toys/broken-toy.ts";
import { brokenAccounts } from "../../test/broken-toys/accounts.ts";
import { brokenCalls } from "../../test/broken-toys/calls.ts";
import { brokenLogins } from "../../test/broken-toys/logins.ts";
import { brokenPendings } from "../../test/broken-toys/pendings.ts";
import { brokenSessions } from "../../test/broken-toys/sessions.ts";
import { fullToy } from "../../test/full-toy.ts";
import { toyBroker } from "../../test/toy-broker.ts";
import { fakeClock } from "./fake-clock.ts";
import { type ProviderTestEnvironment, providerConformance } from "./provider-conformance.ts";
import {
  renewsByTokenAlone,
  renewsByTokenEnvironment,
  type Spoil,
  toyEnvironment,
  toyRefusals,
} from "../../test/toy-environment.ts";

const brokenToys = [...brokenAccounts, ...brokenLogins, ...brokenPendings, ...brokenCalls, ...brokenSessions];

interface Rule {
  readonly title: string;
  readonly body: () => Promise<void>;
}

/** The rules of the kit, on test environments of this making. */
function rulesOn(openTestEnvironment: () => ProviderTestEnvironment): readonly Rule[] {
  const rules: Rule[] = [];
  const runner = {
    describe: (_title: string, body: () => void) => body(),
    it: (title: string, body: () => Promise<void>) => void rules.push({ title, body }),
  };
  providerConformance(runner, openTestEnvironment);
  return rules;
}

/** What the rules say that fail, by their titles. One after the other: an adapter may keep something in its module. */
async function failuresOf(rules: readonly Rule[]): Promise<Map<string, string>> {
  const failed = new Map<string, string>();
  for (const { title, body } of rules) await body().catch((error: unknown) => failed.set(title, String(error)));
  return failed;
}

const failures = async (...given: Parameters<typeof toyEnvironment>): Promise<Map<string, string>> =>
  failuresOf(rulesOn(() => toyEnvironment(...given)));

/** Which members of an adapter that keeps the rules each rule looks at, by the rule's title. */
async function readMembers(): Promise<ReadonlyMap<string, ReadonlySet<PropertyKey>>> {
  const read = new Map<string, Set<PropertyKey>>();
  let reading = new Set<PropertyKey>();
  const rules = rulesOn(() => {
    const test = toyEnvironment();
    const provider = new Proxy(test.provider, {
      get(whole, member): unknown {
        reading.add(member);
        return Reflect.get(whole, member);
      },
    });
    return { ...test, provider };
  });
  for (const { title, body } of rules) {
    read.set(title, (reading = new Set()));
    await body();
  }
  return read;
}

const titles = rulesOn(() => toyEnvironment()).map(({ title }) => title);
const titled = (starts: readonly string[]): string[] =>
  titles.filter((title) => starts.some((start) => title.startsWith(start)));

const keepsNothing: typeof renewsByTokenAlone = (toy, broker) => {
  const { renew } = renewsByTokenAlone(toy, broker);
  return {
    async renew(...given) {
      const step = await renew!(...given);
      return step.kind === "session" ? { kind: "session", session: step.session } : step;
    },
  };
};

const showsTokenAtLogout: Spoil = (toy) =>
  lending(toy, (context) => ({
    fetch: (input, init) => {
      const address = addressOf(input);
      const token = new Headers(init?.headers).get("x-token") ?? "";
      return context.fetch(address.endsWith("/logout") ? `${address}?token=${token}` : address, init);
    },
  }));

describe("the provider kit", () => {
  let members: ReadonlyMap<string, ReadonlySet<PropertyKey>> = new Map();
  beforeAll(async () => {
    members = await readMembers();
  });

  it("finds nothing wrong with an adapter that keeps the rules", async () => {
    expect([...(await failures())]).toEqual([]);
  });

  it("finds nothing wrong with a renewal that spends no factor, and finds what is", async () => {
    expect([...(await failures(renewsByTokenAlone, renewsByTokenEnvironment))]).toEqual([]);
    const failed = await failures(keepsNothing, renewsByTokenEnvironment);
    expect([...failed.keys()]).toEqual(titled(["renews a session"]));
  });

  it("takes no session without an end, even where the test environment expects none", async () => {
    const endless = Number.POSITIVE_INFINITY;
    const failed = await failures(
      (toy) => ({ ...minting(toy, (session) => ({ ...session, expiresAt: endless })), latestExpiry: () => endless }),
      { endsAt: () => endless },
    );
    expect([...failed.keys()]).toEqual(titled(["ends a session exactly", "renews a session"]));
  });

  it("wants a refusal for each call that carries a factor, and none for a call that nobody makes", async () => {
    const [first, ...others] = toyRefusals.login;
    const more = { ...first!, call: "POST /elsewhere" };
    for (const login of [others, [...toyRefusals.login, more]]) {
      const failed = await failures(undefined, { refusals: { ...toyRefusals, login } });
      expect([...failed.keys()]).toEqual(titled(["knows the declared refusals"]));
    }
  });

  it("takes a token in the address of a declared call, and wants it there", async () => {
    const tokenInAddress = ["POST /logout"];
    expect([...(await failures(showsTokenAtLogout, { tokenInAddress }))]).toEqual([]);
    for (const failed of [await failures(showsTokenAtLogout), await failures(undefined, { tokenInAddress })])
      expect([...failed.keys()]).toEqual(titled(["sends through the fetch"]));
  });

  it.each(brokenToys)("fails an adapter that $what", async ({ spoil, fails }) => {
    const spoilt = Object.keys(spoil(fullToy(), toyBroker(fakeClock())));
    // A rule that looks at nothing that is spoilt does what it did on the good adapter.
    const concerned = (title: string): boolean => spoilt.some((member) => members.get(title)?.has(member));
    const failed = await failuresOf(rulesOn(() => toyEnvironment(spoil)).filter(({ title }) => concerned(title)));
    expect([...failed.keys()]).toEqual(titled(fails));
  });

  it("has no rule that no broken adapter fails", () => {
    const failed = titled(brokenToys.flatMap(({ fails }) => fails));
    expect(titles.filter((title) => !failed.includes(title))).toEqual([]);
  });
});
