import { BrokerAuthError, isBrokerAuthError } from "../../src/errors/broker-auth-error.ts";
import type { FullToy } from "../full-toy.ts";
import type { ToyAccount, ToyCredentials } from "../toy-adapter.ts";
import type { BrokenToy } from "./broken-toy.ts";

/** Adapters that read accounts badly. */
export const brokenAccounts: readonly BrokenToy[] = [
  {
    what: "implements another version of the contract",
    spoil: () => ({ specificationVersion: 2 as never }),
    fails: ["says which version of the contract"],
  },
  {
    what: "takes fields that it does not know",
    spoil: (toy) =>
      reading(toy, (given) => {
        const known = Object.entries(given).filter(([name]) => Object.hasOwn(toy.fields, name));
        return toy.parseCredentials(Object.fromEntries(known) as unknown as ToyAccount);
      }),
    fails: ["takes the account it documents"],
  },
  {
    what: "takes a number for a text, and loses its zeros",
    spoil: (toy) =>
      reading(toy, (given) => {
        const texts = Object.entries(given).map(([name, value]) => [
          name,
          typeof value === "number" ? String(value) : value,
        ]);
        return toy.parseCredentials(Object.fromEntries(texts) as ToyAccount);
      }),
    fails: ["names a field of the wrong kind"],
  },
  {
    what: "shows a wrong value in its error",
    spoil: (toy) => refusing(toy, (error, given) => [`${error.message}, not ${JSON.stringify(given)}`, error.field]),
    fails: ["names a field of the wrong kind"],
  },
  {
    what: "does not say which field is wrong",
    spoil: (toy) => refusing(toy, ({ message }) => [message, undefined]),
    fails: ["takes the account it documents", "names a field of the wrong kind", "describes every field"],
  },
  {
    what: "dies of what is no account",
    spoil: (toy) => ({
      parseCredentials(given) {
        void Object.keys(given);
        return toy.parseCredentials(given);
      },
    }),
    fails: ["refuses what is no account"],
  },
  {
    what: "calls a field required that it can do without",
    spoil: ({ fields }) => ({
      fields: { ...fields, deviceId: { description: "device", secret: false, required: true } },
    }),
    fails: ["describes every field"],
  },
  {
    what: "describes a field with nothing",
    spoil: ({ fields }) => ({ fields: { ...fields, deviceId: { description: "", secret: false, required: false } } }),
    fails: ["describes every field"],
  },
  {
    what: "takes all its users for one",
    spoil: (toy) => ({ identify: (credentials) => ({ ...toy.identify(credentials), identity: "toy" }) }),
    fails: ["knows an account again"],
  },
  {
    what: "takes a user for another one every time",
    spoil(toy) {
      let times = 0;
      return { identify: (credentials) => ({ ...toy.identify(credentials), identity: `user ${++times}` }) };
    },
    fails: ["knows an account again"],
  },
  {
    what: "keeps the account as it was written",
    spoil: (toy) => ({
      parseCredentials: (given) => ({ ...toy.parseCredentials(given), given }) as ToyCredentials,
    }),
    fails: ["shows none of the account's secrets"],
  },
  {
    what: "changes the account that it was given",
    spoil: (toy) =>
      reading(toy, (given) => {
        if (typeof given["user"] === "string") given["user"] = given["user"].trim();
        return toy.parseCredentials(given as unknown as ToyAccount);
      }),
    fails: ["leaves what it was given"],
  },
];

/** What is no object goes to the toy, which refuses it. */
function reading(toy: FullToy, read: (given: Record<string, unknown>) => ToyCredentials): Partial<FullToy> {
  return {
    parseCredentials(given) {
      const isObject = typeof given === "object" && (given as unknown) !== null && !Array.isArray(given);
      return isObject ? read(given as unknown as Record<string, unknown>) : toy.parseCredentials(given);
    },
  };
}

function refusing(
  toy: FullToy,
  say: (error: BrokerAuthError, given: unknown) => [message: string, field: string | undefined],
): Partial<FullToy> {
  return {
    parseCredentials(given) {
      try {
        return toy.parseCredentials(given);
      } catch (error) {
        if (!isBrokerAuthError(error)) throw error;
        const [message, field] = say(error, given);
        throw new BrokerAuthError(error.code, message, { field });
      }
    },
  };
}
