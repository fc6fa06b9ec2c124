import type { BrokerAuthProvider } from "../../contract/provider.ts";
import { check, outcomeOf, refusalOf, same } from "./expectation.ts";
import { without } from "./login.ts";
import { hides } from "./printed.ts";
import type { ProviderRule } from "./rule.ts";

/** What an adapter does with what its user wrote. */
export const accountRules: readonly ProviderRule[] = [
  {
    title: "says which version of the contract it implements",
    advice: "`specificationVersion: 1`; an engine refuses another one, and says what to update",
    async check({ provider }) {
      same(provider.specificationVersion, 1, "specificationVersion");
    },
  },
  {
    title: "takes the account it documents, and refuses a field it does not know by its name",
    advice: "strict `parseCredentials`; the unknown field is the error's `field`",
    async check({ provider, account }) {
      provider.parseCredentials(account);
      const error = await refusalOf(
        () => provider.parseCredentials({ ...account, surprise: "x" }),
        "an account with the further field surprise",
        "configuration",
      );
      same(error.field, "surprise", "the field that the error names");
    },
  },
  {
    title: "names a field of the wrong kind, and never shows its value",
    advice: "messages without values, `field` set; a number has lost its leading zeros, so no secret is one",
    async check({ provider, account }) {
      const wrongKinds = [["list-of-marker"], { nested: "nested-marker" }];
      for (const [field, { secret }] of Object.entries(provider.fields)) {
        for (const wrong of [...wrongKinds, ...(secret ? [12_345_678, true] : [])]) {
          const what = `${field} as ${JSON.stringify(wrong)}`;
          const error = await refusalOf(
            () => provider.parseCredentials({ ...account, [field]: wrong }),
            what,
            "configuration",
          );
          same(error.field, field, `the field that the error for ${what} names`);
          hides(error, ["list-of-marker", "nested-marker", "12345678"], `the error for ${what}`);
        }
        const split = "text-marker\r\nx: y";
        const outcome = await outcomeOf(() => provider.parseCredentials({ ...account, [field]: split }), field);
        if ("error" in outcome) hides(outcome.error, ["text-marker"], `the error for ${field} with a line break`);
      }
    },
  },
  {
    title: "refuses what is no account at all",
    advice: "`configuration` for anything but an object",
    async check({ provider }) {
      for (const input of [undefined, null, 5, "text", [], {}])
        await refusalOf(
          () => provider.parseCredentials(input),
          `the account ${JSON.stringify(input)}`,
          "configuration",
        );
    },
  },
  {
    title: "describes every field it takes",
    advice: "each one in `fields`, and the missing one named",
    async check({ provider, account }) {
      for (const field of Object.keys(account))
        check(Object.hasOwn(provider.fields, field), `fields: found no ${field}, which the account has`);
      for (const [field, { required, description }] of Object.entries(provider.fields)) {
        check(description !== "", `fields.${field}: found no description, expected what it is and in which form`);
        if (!required) continue;
        const what = `an account without ${field}, which is required`;
        const error = await refusalOf(
          () => provider.parseCredentials(without(account, [field])),
          what,
          "configuration",
        );
        same(error.field, field, `the field that the error for ${what} names`);
      }
    },
  },
  {
    title: "knows an account again, and tells it from another one",
    advice: "a stable `identity`, and `factors` that change with the credentials alone",
    async check({ provider, account, otherAccount }, open) {
      const { provider: another } = await open();
      const known = identityOf(provider, { ...account });
      for (const instance of [provider, another])
        check(identityOf(instance, account) === known, "the identity of one account: found two");
      check(
        identityOf(provider, otherAccount) !== known,
        "the identity of account and otherAccount: found one for both",
      );
      const isStable = factorsOf(another, account) === factorsOf(provider, { ...account });
      check(isStable, "the factors of one account: found other ones the second time");
    },
  },
  {
    title: "shows none of the account's secrets by printing",
    advice: "`Secret` for each of them; no test account in a description",
    async check({ provider, account, markers }) {
      const credentials = provider.parseCredentials(account);
      hides(credentials, markers, "the parsed account");
      hides(provider.identify(credentials).factors, markers, "its factors");
      hides(provider, markers, "the provider");
    },
  },
];

function identityOf(provider: BrokerAuthProvider, account: object): string {
  const { environment, identity } = provider.identify(provider.parseCredentials(account));
  return JSON.stringify([environment, identity]);
}

function factorsOf(provider: BrokerAuthProvider, account: object): string {
  const { factors, asks } = provider.identify(provider.parseCredentials(account));
  const revealed = Object.entries(factors).map(([name, factor]) => `${name} ${factor?.reveal()}`);
  return JSON.stringify([revealed.toSorted(), asks]);
}
