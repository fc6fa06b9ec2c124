import type { Json } from "../contract/json.ts";
import type { TokenCodec } from "../contract/provider.ts";
import { isSecret, Secret } from "../contract/secret.ts";
import { isObject } from "../errors/argument.ts";
import { isHeaderText } from "./sendable-header.ts";

/** What every adapter's tokens may hold besides its own fields. */
export interface FurtherTokens {
  /** Fields that a newer version of the package has stored, as JSON text: kept for it, and not looked at here. */
  readonly further?: Secret | undefined;
}

// A secret can stand in a header; an address is any URL.
const kinds = {
  secret: isHeaderText,
  text: (value: unknown) => typeof value === "string",
  address: (value: unknown) => typeof value === "string" && URL.canParse(value),
} as const;

type Kind<Value> = [Value] extends [Secret] ? "secret" : "text" | "address";

/** How each field of the tokens is stored; those that may be missing end with a question mark. */
export type StoredFields<Tokens> = {
  readonly [Field in Exclude<keyof Tokens, "further">]-?: undefined extends Tokens[Field]
    ? `${Kind<NonNullable<Tokens[Field]>>}?`
    : Kind<Tokens[Field]>;
};

/**
 * The stored form of an adapter's tokens: their fields as texts, and beside them what a newer version has added. By hand: a schema library would
 * be loaded by every program that only adopts a stored session.
 * @param title the broker as messages name it
 */
export function tokenCodec<Tokens extends FurtherTokens>(
  title: string,
  version: number,
  fields: StoredFields<Tokens>,
): TokenCodec<Tokens> {
  const table = Object.entries<string>(fields).map(([name, stored]) => {
    const [kind, optional] = [stored.replace("?", "") as keyof typeof kinds, stored.endsWith("?")];
    return { name, kind, fits: (value: unknown) => (optional && value === undefined) || kinds[kind](value) };
  });
  return {
    version,
    encode(tokens) {
      const { further, ...own } = tokens as unknown as Readonly<Record<string, Secret | string | undefined>>;
      const stored = Object.entries(own).filter(([, value]) => value !== undefined);
      return {
        ...(isSecret(further) ? (JSON.parse(further.reveal()) as { readonly [field: string]: Json }) : {}),
        ...Object.fromEntries(stored.map(([name, value]) => [name, isSecret(value) ? value.reveal() : value!])),
      };
    },
    decode(json, ofVersion) {
      const further: Record<string, unknown> = { ...(isObject(json) ? json : {}) };
      const tokens: Record<string, unknown> = {};
      if (ofVersion !== version || !table.every(({ name, fits }) => fits(further[name])))
        throw new TypeError(`this is no stored form of ${title}'s tokens`);
      for (const { name, kind } of table) {
        const value = further[name];
        delete further[name];
        if (value !== undefined) tokens[name] = kind === "secret" ? new Secret(value as string) : value;
      }
      if (Object.keys(further).length > 0) tokens["further"] = new Secret(JSON.stringify(further));
      return tokens as unknown as Tokens;
    },
  };
}
