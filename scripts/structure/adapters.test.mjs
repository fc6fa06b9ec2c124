import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { describe, expect, it } from "vitest";

const root = path.join(import.meta.dirname, "../..");

/** Each adapter: its folder, and the broker's name as it stands in the names of its exports. */
const adapters = {
  nubra: { folder: "packages/nubra/src", name: "Nubra" },
  "kotak-neo": { folder: "packages/kotak-neo/src", name: "KotakNeo" },
  zerodha: { folder: "packages/zerodha/src", name: "Zerodha" },
  "angel-one": { folder: "packages/angel-one/src", name: "AngelOne" },
};

/** What every adapter has: the files, and in each of them these exports in this order. `Broker` stands for the broker's name. */
const pattern = {
  "authorize.ts": ["authorize", "serves"],
  "call.ts": ["BrokerCallParts", "callBroker"],
  "client.ts": ["BrokerClient", "BrokerAccess", "originPolicy"],
  "credentials.ts": ["BrokerAccount", "BrokerCredentials", "fields", "parseCredentials", "identify"],
  "endpoints.ts": ["names", "baseUrls", "BrokerCallName", "BrokerEndpoint", "readingPaths"],
  "expiry.ts": ["latestExpiry"],
  "failure-body.ts": ["Failure", "readFailure"],
  "failures.ts": ["RefusalFacts", "refusal"],
  "index.ts": [],
  "login.ts": ["begin", "answer"],
  "options.ts": ["BrokerOptions", "BrokerSettings", "parseOptions"],
  "pending.ts": ["PendingState", "packPending", "unpackPending"],
  "probe.ts": ["probe"],
  "protocol.ts": [],
  "provider.ts": ["BrokerProvider", "broker"],
  "responses.ts": [],
  "session.ts": ["mintSession"],
  "tokens.ts": ["BrokerTokens", "tokens"],
  "verdict.ts": ["classify", "isRead"],
};

/** Members of a provider that not every broker has: each has a file of its own. */
const members = {
  "enrolment.ts": { member: "enrolment", exports: ["generateTotp", "enableTotp", "disableTotp"] },
  "logout.ts": { member: "revoke", exports: ["revoke"] },
  "network.ts": { member: "network", exports: ["network"] },
  "renewal.ts": { member: "renew", exports: ["renew"] },
  "server-time.ts": { member: "serverTime", exports: ["serverTime"] },
  "socket.ts": { member: "socket", exports: ["BrokerSocketPurpose", "openSocket"] },
};

/** Every further file, with its reason. */
const further = {
  nubra: { "mpin.ts": "the step in which login and renewal end alike" },
  "kotak-neo": { "form.ts": "exported: users make the bodies of their own calls with it" },
  zerodha: {
    "checksum.ts": "what Zerodha wants in place of the API secret",
    "redirect-answer.ts": "what a person brings back from Zerodha's page",
  },
  "angel-one": {},
};

/** Files without a test of their own: lists, tables, and what every other test goes through. */
const untested = ["call.ts", "client.ts", "endpoints.ts", "index.ts", "protocol.ts", "mpin.ts"];
const wholeTests = ["conformance.test.ts", "provider.test-d.ts", "readme.test.ts", "sandbox.test.ts"];

/** @param {string} folder */
const filesOf = (folder) => readdirSync(path.join(root, folder)).filter((file) => file.endsWith(".ts"));

/** @param {string} folder @param {string} file */
const sourceOf = (folder, file) => readFileSync(path.join(root, folder, file), "utf8");

/** What a file exports, in its order. @param {string} text @param {string} name */
function exportsOf(text, name) {
  const own = new RegExp(`${name}|${name.charAt(0).toLowerCase()}${name.slice(1)}`, "g");
  return Array.from(
    text.matchAll(/^export (?:async )?(?:const|function|interface|type) (\w+)/gm),
    ([, exported = ""]) => exported.replace(own, (found) => (found === name ? "Broker" : "broker")),
  );
}

describe.each(Object.entries(adapters))("the adapter %s", (id, { folder, name }) => {
  const sources = filesOf(folder).filter((file) => !/\.test(-d)?\.ts$/.test(file));
  const own = Object.keys(further[/** @type {keyof typeof further} */ (id)]);

  it("has the files that every adapter has, and each further one for a declared reason", () => {
    const optional = sources.filter((file) => Object.hasOwn(members, file));
    expect(sources.toSorted()).toEqual([...Object.keys(pattern), ...optional, ...own].toSorted());
  });

  it("has a member's file exactly where its provider has the member", () => {
    const provider = sourceOf(folder, "provider.ts");
    for (const [file, { member }] of Object.entries(members))
      expect([file, sources.includes(file)]).toEqual([file, new RegExp(`^ {4}${member}: `, "m").test(provider)]);
  });

  const shared = [
    ...Object.entries(pattern),
    ...Object.entries(members).map(([file, { exports }]) => /** @type {const} */ ([file, exports])),
  ].filter(([file]) => sources.includes(file));

  it.each(shared)("exports from %s what every adapter does, in that order", (file, exports) => {
    const found = exportsOf(sourceOf(folder, file), name);
    expect(found.filter((one) => exports.includes(one))).toEqual(exports);
  });

  it.each(["index.ts", "protocol.ts"])("lists in %s by file, and nothing else", (file) => {
    const lines = sourceOf(folder, file)
      .split("\n")
      .filter((line) => line !== "" && !line.startsWith("//"));
    const modules = lines.map((line) => /^export .* from "\.\/([\w-]+)\.ts";$/.exec(line)?.[1] ?? `none: ${line}`);
    expect(modules.filter((module) => !sources.includes(`${module}.ts`))).toEqual([]);
    expect(modules).toEqual(modules.toSorted());
  });
});

it.each(["nubra", "kotak-neo", "zerodha", "angel-one"])(
  "the published adapter %s has a test of every file and the tests of the whole",
  (id) => {
    const { folder } = adapters[/** @type {keyof typeof adapters} */ (id)];
    const files = filesOf(folder);
    const tests = files.filter((file) => /\.test(-d)?\.ts$/.test(file));
    const tested = files.filter((file) => !tests.includes(file) && !untested.includes(file));
    expect(tests.toSorted()).toEqual(
      [...tested.map((file) => file.replace(/\.ts$/, ".test.ts")), ...wholeTests].toSorted(),
    );
  },
);
