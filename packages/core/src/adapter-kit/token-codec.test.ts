import { inspect } from "node:util";
import { describe, expect, it } from "vitest";
import { Secret } from "../contract/secret.ts";
import { type FurtherTokens, tokenCodec } from "./token-codec.ts";

interface ToyTokens extends FurtherTokens {
  readonly token: Secret;
  readonly host: string;
  readonly user?: Secret | undefined;
  readonly feed?: string | undefined;
}

const codec = tokenCodec<ToyTokens>("Toy", 1, { token: "secret", host: "address", user: "secret?", feed: "text?" });
const stored = { token: "canary-a", host: "https://toy.example", user: "canary-b", feed: "E21" };

describe("a codec of tokens", () => {
  it("stores fields as texts, and brings them back with their secrets closed", () => {
    const tokens = codec.decode(stored, 1);
    expect([tokens.token.reveal(), tokens.host, tokens.user?.reveal(), tokens.feed]).toEqual(Object.values(stored));
    expect(inspect(tokens) + JSON.stringify(tokens)).not.toContain("canary");
    expect(codec.encode(tokens)).toEqual(stored);
  });

  it("does without what may be missing", () => {
    const bare = { token: "a", host: "https://toy.example" };
    expect(codec.encode({ ...codec.decode(bare, 1), user: undefined })).toEqual(bare);
  });

  it("keeps what a newer version has added closed, and writes it again as it was", () => {
    const later = { ...stored, region: "canary-c", hosts: ["canary-d"] };
    const tokens = codec.decode(later, 1);
    expect(inspect(tokens) + JSON.stringify(tokens)).not.toContain("canary");
    expect(codec.encode(tokens)).toEqual(later);
  });

  it.each([
    undefined,
    null,
    "text",
    [],
    {},
    { ...stored, token: 7 },
    { ...stored, token: "a\nb" },
    { ...stored, host: "toy" },
    { ...stored, user: null },
    { ...stored, feed: 21 },
  ])("refuses the stored form %j", (json) => {
    expect(() => codec.decode(json, 1)).toThrow("this is no stored form of Toy's tokens");
  });

  it.each([0, 2])("refuses the version %d, which never was", (version) => {
    expect(() => codec.decode(stored, version)).toThrow("this is no stored form of Toy's tokens");
  });
});
