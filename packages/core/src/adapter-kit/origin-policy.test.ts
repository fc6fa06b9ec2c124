import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { isLocal, isLoopback, type OriginPolicy, trustedUrl } from "./origin-policy.ts";

const seed = 20310303;
const production: OriginPolicy = { domains: [".nubra.io", ".kotaksecurities.com"], environment: "production" };
const sandbox: OriginPolicy = { domains: [".nubra.io"], environment: "sandbox" };

// Pieces from which look-alikes are made: separators of every part of an address, and their encoded and wide forms.
const pieces = [
  "nubra.io",
  "api.nubra.io",
  "kotaksecurities.com",
  "nubra",
  "io",
  "evil.example",
  "127.0.0.1",
  "localhost",
  "[::1]",
  "0x7f.1",
  "2130706433",
  "xn--nubra-.io",
  "ńubra.io",
  "nubrа.io",
  "user",
  "443",
  "8443",
  "@",
  ":",
  "/",
  "//",
  "\\",
  "#",
  "?",
  "%2f",
  "%40",
  "%2e",
  "%00",
  ".",
  "..",
  "。",
  "．",
  "-",
  "_",
  "\t",
  "\n",
  " ",
  "\u00AD",
  ";",
  "&",
  "|",
];
const schemes = [
  "https://",
  "https:",
  "https:/",
  "HTTPS://",
  "wss://",
  "http://",
  "ws://",
  "ftp://",
  "file://",
  "blob:https://",
  "javascript://",
  "//",
  "",
  "\u0001https://",
  "data:",
];
const address = fc
  .tuple(fc.constantFrom(...schemes), fc.array(fc.constantFrom(...pieces), { maxLength: 7 }))
  .map(([scheme, rest]) => scheme + rest.join(""));

function isBelow(hostname: string, domain: readonly string[]): boolean {
  return hostname.split(".").slice(-domain.length).join("/") === domain.join("/");
}

describe("an address of the broker", () => {
  it.each([
    "https://nubra.io",
    "https://api.nubra.io/totp/login?x=1#y",
    "https://a.b.c.nubra.io/",
    "HTTPS://API.NUBRA.IO/",
    "https://api.nubra.io:443/",
    "wss://feed.kotaksecurities.com/ws",
    "  https://api.nubra.io/\n",
    "https:api.nubra.io/",
    String.raw`https:\\api.nubra.io\x`,
  ])("is trusted: %j", (text) => {
    expect(trustedUrl(text, production)?.href).toBe(new URL(text).href);
  });

  it("is trusted for every host below the domain, on the default port, by a secure scheme", () => {
    const label = fc.stringMatching(/^[a-z0-9]([a-z0-9-]{0,8}[a-z0-9])?$/).filter((text) => !text.startsWith("xn--"));
    fc.assert(
      fc.property(fc.array(label, { maxLength: 4 }), fc.constantFrom("https", "wss"), (labels, scheme) => {
        const host = [...labels, "nubra.io"].join(".");
        expect(trustedUrl(`${scheme}://${host}/path`, production)?.hostname).toBe(host);
      }),
      { seed },
    );
  });
});

describe("any other address", () => {
  it.each([
    ["a longer name", "https://evilnubra.io/"],
    ["the domain as a prefix", "https://nubra.io.evil.example/"],
    ["the domain as a user name", "https://nubra.io@evil.example/"],
    ["the domain behind a backslash", String.raw`https://evil.example\.nubra.io/`],
    ["the domain as a path", "https://evil.example/api.nubra.io"],
    ["the domain as a fragment", "https://evil.example#.nubra.io"],
    ["the domain as a query", "https://evil.example?.nubra.io"],
    ["a trailing dot", "https://api.nubra.io./"],
    ["a Cyrillic letter", "https://api.nubrа.io/"],
    ["an encoded dot", "https://api.nubra%2eio.evil.example/"],
    ["a top-level domain alone", "https://io/"],
    ["plain http", "http://api.nubra.io/"],
    ["a plain socket", "ws://api.nubra.io/"],
    ["another scheme", "ftp://api.nubra.io/"],
    ["an address inside another", "blob:https://api.nubra.io/1"],
    ["a user name", "https://user@api.nubra.io/"],
    ["a password", "https://:pw@api.nubra.io/"],
    ["an unusual port", "https://api.nubra.io:8443/"],
    ["the port of plain http", "https://api.nubra.io:80/"],
    ["an IP literal", "https://10.0.0.5/"],
    ["an IPv6 literal", "https://[2001:db8::1]/"],
    ["loopback", "https://127.0.0.1/"],
    ["localhost", "https://localhost/"],
    ["a path", "/totp/login"],
    ["a text", "not an address"],
    ["nothing", ""],
  ])("is refused: %s", (_, text) => {
    expect(trustedUrl(text, production)).toBeUndefined();
  });

  it("never leads outside the domains, however it is put together", () => {
    let accepted = 0;
    fc.assert(
      fc.property(address, (text) => {
        const url = trustedUrl(text, production);
        if (url === undefined) return;
        accepted += 1;
        // What a fetch makes of the same text is what counts.
        const target = new URL(new Request(text.replace(/^([\s\p{Cc}]*)wss/iu, "$1https")).url);
        expect(target.hostname).toBe(url.hostname);
        expect(isBelow(target.hostname, ["nubra", "io"]) || isBelow(target.hostname, ["kotaksecurities", "com"])).toBe(
          true,
        );
        expect([url.username, url.password, url.port]).toEqual(["", "", ""]);
        expect(["https:", "wss:"]).toContain(url.protocol);
      }),
      { seed, numRuns: 20_000 },
    );
    expect(accepted).toBeGreaterThan(100);
  });
});

describe("a domain that an adapter wrote without its dot", () => {
  it.each([
    ["nubra.io", "https://nubra.io/"],
    ["nubra.io", "https://api.nubra.io/"],
    ["nubra.io", "https://evilnubra.io/"],
    ["", "https://evil.example/"],
    [".", "https://evil.example./"],
  ])("opens nothing: %j for %s", (domain, text) => {
    expect(trustedUrl(text, { domains: [domain], environment: "production" })).toBeUndefined();
  });
});

describe("origins that the user has named", () => {
  const named: OriginPolicy = {
    ...production,
    origins: ["https://proxy.example:8443", "https://other.example", "http://plain.example"],
  };

  it("are trusted exactly: scheme, host and port", () => {
    expect(trustedUrl("https://proxy.example:8443/login", named)?.host).toBe("proxy.example:8443");
    for (const text of [
      "https://proxy.example/login",
      "https://proxy.example:8444/",
      "https://a.proxy.example:8443/",
      "http://proxy.example:8443/",
      "https://user@proxy.example:8443/",
      "https://other.example.evil.example/",
      "https://other.example:8443/",
    ]) {
      expect(trustedUrl(text, named), text).toBeUndefined();
    }
  });

  it("do not open plain http", () => {
    expect(trustedUrl("http://plain.example/", named)).toBeUndefined();
  });
});

describe("the sandbox", () => {
  it.each([
    "http://127.0.0.1:8080/x",
    "https://localhost:1/",
    "http://[::1]:9/",
    "ws://127.9.9.9:80/",
    "http://127.1:8080/",
  ])("trusts loopback on any port: %s", (text) => {
    expect(trustedUrl(text, sandbox)?.href).toBe(new URL(text).href);
  });

  it.each([
    "https://api.nubra.io/",
    "http://10.0.0.1/",
    "http://0.0.0.0/",
    "http://localhost.evil.example/",
    "http://127.0.0.1.evil.example/",
    "http://evil.example#127.0.0.1",
    "http://127.0.0.1@evil.example/",
    "http://user@127.0.0.1/",
    "ftp://127.0.0.1/",
    "file://localhost/etc/passwd",
  ])("trusts nothing else: %s", (text) => {
    expect(trustedUrl(text, sandbox)).toBeUndefined();
  });

  it("never leads off this machine, however the address is put together", () => {
    let accepted = 0;
    fc.assert(
      fc.property(address, (text) => {
        const url = trustedUrl(text, sandbox);
        if (url === undefined) return;
        accepted += 1;
        const [first, ...rest] = url.hostname.split(".");
        const numeric = first === "127" && rest.length === 3 && rest.every((part) => Number(part) <= 255);
        expect(numeric || url.hostname === "localhost" || url.hostname === "[::1]").toBe(true);
        expect([url.username, url.password]).toEqual(["", ""]);
      }),
      { seed, numRuns: 20_000 },
    );
    expect(accepted).toBeGreaterThan(100);
  });
});

describe("loopback", () => {
  it.each(["localhost", "127.0.0.1", "127.255.255.254", "[::1]"])("is %s", (hostname) => {
    expect(isLoopback(hostname)).toBe(true);
  });

  it.each([
    "",
    "localhost.evil.example",
    "mylocalhost",
    "128.0.0.1",
    "1127.0.0.1",
    "127.0.0.1.2",
    "127.0.0.1x",
    "[::2]",
    "::1",
  ])("is not %j", (hostname) => {
    expect(isLoopback(hostname)).toBe(false);
  });
});

describe("this machine in any spelling", () => {
  it.each([
    "localhost",
    "LOCALHOST",
    "localhost.",
    "a.localhost",
    "a.b.localhost.",
    "127.0.0.1",
    "127.0.0.1.",
    "0.0.0.0",
    "[::1]",
    "[::]",
    "[::ffff:7f00:1]",
    "[::ffff:0:0]",
  ])("is %s", (hostname) => {
    expect(isLocal(hostname)).toBe(true);
  });

  it.each(["", "localhost.evil.example", "mylocalhost", "10.0.0.1", "0.0.0.1.example", "[2001:db8::1]", "nubra.io"])(
    "is not %j",
    (hostname) => {
      expect(isLocal(hostname)).toBe(false);
    },
  );
});
