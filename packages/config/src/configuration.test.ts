import { execFileSync } from "node:child_process";
import { chmod, mkdir, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { pathToFileURL } from "node:url";
import { inspect } from "node:util";
import { BrokerAuthError, createBrokerAuth, isSecret, memoryStore } from "@x/core";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
// By path: the adapters are no dependency of this package, which takes whatever brokers it is given.
import { kotakNeo } from "@x/kotak-neo";
import { nubra } from "@x/nubra";
import { loadConfig, type LoadConfigOptions } from "./configuration.ts";
import { looseRights } from "./loose-rights.ts";
import type { Configuration } from "./parsed-configuration.ts";

const phone = "9000000001";
const mpin = "1357";

let folder = "";
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "broker-auth-config-"));
});
afterEach(async () => {
  await rm(folder, { recursive: true, force: true });
});

/** Writes files into the folder; a secret file is private unless its mode says otherwise. */
async function files(contents: Readonly<Record<string, string | Uint8Array>>, mode = 0o600): Promise<void> {
  for (const [name, content] of Object.entries(contents)) {
    await mkdir(dirname(join(folder, name)), { recursive: true });
    await writeFile(join(folder, name), content);
    await chmod(join(folder, name), mode);
  }
}

type Options = Partial<LoadConfigOptions<typeof nubra | typeof kotakNeo>>;

async function load(name: string, options: Options = {}): Promise<Configuration> {
  return loadConfig(join(folder, name), { brokers: [nubra, kotakNeo], env: {}, ...options });
}

async function refused(name: string, options: Options = {}): Promise<BrokerAuthError> {
  const error = await load(name, options).then(
    () => expect.unreachable("it was expected to be refused"),
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(BrokerAuthError);
  expect(error).toMatchObject({ code: "configuration", field: expect.stringMatching(/./) });
  return error as BrokerAuthError;
}

/** A field of an account as it was loaded, secrets opened. */
function field(configuration: Configuration, account: string, name: string): unknown {
  const value: unknown = Object.entries(configuration.accounts[account] ?? {}).find(([key]) => key === name)?.[1];
  return isSecret(value) ? value.reveal() : value;
}

function failing(error: Error): { vault: () => string } {
  return {
    vault() {
      throw error;
    },
  };
}

const oneAccount = (fields: string): string => `accounts:\n  main:\n    broker: nubra\n${fields}`;

describe("a configuration file", () => {
  it("is JSON or YAML, and both say the same", async () => {
    const account = { broker: "nubra", phone: { env: "NUBRA_PHONE" }, environment: "uat" };
    await files({
      "a.json": JSON.stringify({ accounts: { main: account }, use: { trading: "main" } }),
      "a.yaml":
        "accounts:\n  main: { broker: nubra, phone: { env: NUBRA_PHONE }, environment: uat }\nuse:\n  trading: main\n",
      "a.yml":
        "accounts: { main: { broker: nubra, phone: { env: NUBRA_PHONE }, environment: uat } }\nuse: { trading: main }\n",
    });
    const env = { NUBRA_PHONE: phone };
    for (const name of ["a.json", "a.yaml", "a.yml"]) {
      const configuration = await load(name, { env });
      expect(configuration).toMatchObject({ use: { trading: "main" }, warnings: [] });
      expect(field(configuration, "main", "phone")).toBe(phone);
      expect(field(configuration, "main", "environment")).toBe("uat");
    }
  });

  it("may be given as a URL, and may begin with a byte order mark", async () => {
    await files({ "a.json": `\ufeff{"accounts":{"main":{"broker":"nubra","phone":{"env":"NUBRA_PHONE"}}}}` });
    const url = pathToFileURL(join(folder, "a.json"));
    const configuration = await loadConfig(url, { brokers: [nubra], env: { NUBRA_PHONE: phone } });
    expect(configuration.brokers.map(({ broker }) => broker)).toEqual(["nubra"]);
  });

  it("becomes an engine when it is spread into createBrokerAuth", async () => {
    await files({ "a.yaml": oneAccount("    phone: { env: PHONE_NO }\nuse: { trading: main }\n") });
    const configuration = await load("a.yaml", { env: { PHONE_NO: phone } });
    const auth = createBrokerAuth({ ...configuration, store: memoryStore() });
    expect(await auth.status("trading")).toMatchObject({ account: "main", broker: "nubra", state: "logged_out" });
    await auth.close();
  });

  it("gives its adapters their options", async () => {
    await files({ "a.yaml": `${oneAccount("    phone: { env: P }\n")}brokers:\n  nubra: { totpWire: text }\n` });
    expect(await refused("a.yaml", { env: { P: phone } })).toMatchObject({ field: "brokers.nubra.totpWire" });
  });

  it.each([
    ["nubra", "otpstart", "otpStart, totpWire"],
    ["kotak-neo", "apis", "api, neoFinKey"],
  ])(
    "names an adapter option that %s does not have by its path, and those that there are",
    async (name, option, known) => {
      await files({ "a.yaml": `${oneAccount("    phone: { env: P }\n")}brokers:\n  ${name}: { ${option}: auto }\n` });
      const path = `brokers.${name}.${option}`;
      const error = await refused("a.yaml", { env: { P: phone } });
      expect(error.field).toBe(path);
      expect(error.message).toMatch(new RegExp(`^${path}: is not an option; there are \\{ ${known}`));
    },
  );

  it.each([
    ["path", [undefined, { brokers: [nubra] }]],
    ["path", ["", { brokers: [nubra] }]],
    ["path", [new URL("https://login.example.net/a.yaml"), { brokers: [nubra] }]],
    ["brokers", ["a.yaml"]],
    ["brokers", ["a.yaml", {}]],
    ["brokers", ["a.yaml", { brokers: nubra }]],
  ])("is loaded by its path and a list of brokers; without one the error shows the call: %s", async (name, given) => {
    await expect(loadConfig(...(given as Parameters<typeof loadConfig>))).rejects.toMatchObject({
      code: "configuration",
      field: name,
      message: expect.stringMatching(/loadConfig\(.*, \{ brokers: \[nubra\] \}\)$/),
    });
  });

  it.each([[[nubra()]], [["nubra"]], [[]], [[() => undefined]]])(
    "takes adapters' functions, and says so for anything else: %o",
    async (brokers) => {
      await files({ "a.yaml": oneAccount("    phone: { env: P }\n") });
      expect(await refused("a.yaml", { brokers: brokers as never, env: { P: phone } })).toMatchObject({
        field: "brokers",
        message: "brokers: must be a list of adapters' functions, not called: [nubra]",
      });
    },
  );

  it("that is looked for by a relative path is missed in a folder that the message names", async () => {
    await expect(loadConfig("none/here.yaml", { brokers: [nubra] })).rejects.toThrow(
      `none/here.yaml does not exist in ${process.cwd()}; give the path`,
    );
  });

  it.each([
    ["a.json", '{\n  "accounts": { "main": { "mpin": 1357x } }\n}', "is not JSON: look at line 2, column 39"],
    ["a.json", '{\n  "accounts": 1357,\n}', "is not JSON: look at line 3, column 1"],
    ["a.json", "", "is empty; write accounts into it"],
    ["a.json", "null", "is empty; write accounts into it"],
    ["a.yaml", " \n", "is empty; write accounts into it"],
    ["a.yaml", "# mpin: 1357\n", "is empty; write accounts into it"],
    ["a.yaml", "- 1357\n", "must hold an object with accounts"],
    ["a.json", '"1357"', "must hold an object with accounts"],
    ["a.json", "accounts:\n  main: {}\n", "is not JSON: look at line 1, column 1"],
    ["a.yaml", 'accounts:\n  main:\n    mpin: "1357\n', "is not YAML: look at line 4, column 1 (missing char)"],
    ["a.yaml", "accounts:\n  mpin: 1357\n  mpin: 2468\n", "is not YAML: look at line 3, column 3 (duplicate key)"],
    ["a.yaml", "accounts:\n\tmain: 1357\n", "is not YAML: look at line 2, column 1 (tab as indent)"],
    ["a.yaml", "accounts: *pin1357\n", "is not usable YAML: write its aliases (*name) out"],
    ["a.toml", "mpin = 1357", "must end in .json, .yaml or .yml"],
  ])("%s with %j is refused by line and column, without its content", async (name, content, message) => {
    await files({ [name]: content });
    const error = await refused(name);
    expect(error.message).toBe(`${join(folder, name)} ${message}`);
    expect(error.field).toBe("configuration");
    expect(inspect(error)).not.toMatch(/1357|2468/);
  });

  it("that does not exist, is a folder, is no text or is a loop is named as it was given", async () => {
    await mkdir(join(folder, "folder.yaml"));
    await files({ "latin.yaml": Uint8Array.of(0x61, 0x3a, 0x20, 0xe9), "large.yaml": "#".repeat(1_048_577) });
    await symlink("loop.yaml", join(folder, "loop.yaml"));
    const messages = ["none.yaml", "folder.yaml", "latin.yaml", "large.yaml", "loop.yaml"].map(
      async (name) => (await refused(name)).message,
    );
    const next = "; give the path of a configuration file that this program may read";
    expect(await Promise.all(messages)).toEqual([
      `${join(folder, "none.yaml")} does not exist${next}`,
      `${join(folder, "folder.yaml")} is a folder, not a file${next}`,
      `${join(folder, "latin.yaml")} is not UTF-8 text; save it as UTF-8`,
      `${join(folder, "large.yaml")} is larger than 1 MiB${next}`,
      `${join(folder, "loop.yaml")} cannot be read (ELOOP)${next}`,
    ]);
  });

  it("does not unfold a bomb of aliases", async () => {
    const levels = Array.from(
      { length: 12 },
      (_, level) => `l${level + 1}: &l${level + 1} [${`*l${level},`.repeat(10)}]`,
    );
    await files({ "a.yaml": `l0: &l0 [x]\n${levels.join("\n")}\n` });
    expect((await refused("a.yaml")).message).toContain("is not usable YAML");
  });

  it("cannot reach the prototype of anything", async () => {
    await files({
      "a.json": '{"accounts":{"main":{"broker":"nubra","phone":"9000000001","__proto__":{"env":"X"}}}}',
      "b.json": '{"accounts":{"__proto__":{"broker":"nubra"}}}',
      "c.yaml": "accounts:\n  main: { broker: nubra }\n__proto__: { polluted: yes }\n",
    });
    for (const name of ["a.json", "b.json", "c.yaml"])
      expect(await refused(name)).toMatchObject({ code: "configuration" });
    expect(Object.keys(Object.prototype)).toEqual([]);
    expect("polluted" in {}).toBe(false);
  });

  it.each(["mpin:", 'mpin: ""', "mpin: ''", 'mpin: " "'])(
    "with an empty field (%s) is told that it is empty, and nothing of zeros",
    async (line) => {
      await files({ "a.yaml": oneAccount(`    phone: { env: P }\n    ${line}\n`) });
      const outcome = load("a.yaml", { env: { P: phone } }).then((loaded) =>
        createBrokerAuth({ ...loaded, store: memoryStore() }),
      );
      await expect(outcome).rejects.toMatchObject({ code: "configuration", field: "accounts.main.mpin" });
      await expect(outcome).rejects.toThrow(/^accounts\.main\.mpin: is empty; give it, or leave it out$/);
    },
  );

  it("with digits that lost their quotes is refused by the field", async () => {
    await files({ "a.yaml": oneAccount("    phone: 9000000001\n") });
    await expect(load("a.yaml")).rejects.toMatchObject({ code: "configuration", field: "accounts.main.phone" });
  });
});

describe("a secret from the environment", () => {
  beforeEach(() => files({ "a.yaml": oneAccount("    phone: { env: NUBRA_PHONE }\n    mpin: { env: NUBRA_MPIN }\n") }));

  it("comes from the environment first, then from .env", async () => {
    await files({ ".env": `# invented\nexport NUBRA_PHONE="9000000002"\nNUBRA_MPIN='2468'\n` });
    const both = await load("a.yaml", { env: { NUBRA_PHONE: phone } });
    expect([field(both, "main", "phone"), field(both, "main", "mpin")]).toEqual([phone, "2468"]);
  });

  it.each([
    ["nubra", "baseUrl", "phone: { env: NUBRA_PHONE }"],
    ["kotak-neo", "loginBaseUrl", "ucc: { env: UCC }"],
  ])("is never the address that %s is logged in at, from a variable or from .env", async (broker, name, other) => {
    const content = `accounts:\n  main:\n    broker: ${broker}\n    ${other}\n    ${name}: { env: THEIR_URL }\n`;
    await files({ "b.yaml": content, ".env": "THEIR_URL=https://login.example.net\n" });
    const error = await refused("b.yaml", { env: { NUBRA_PHONE: phone, UCC: "XY42Z" } });
    expect(error.field).toBe(`accounts.main.${name}`);
    expect(error.message).toContain("is never taken from the environment; write the address itself here");
    expect(error.message).not.toContain("example.net");
  });

  it("that is set to nothing counts as not set", async () => {
    await files({ ".env": "NUBRA_PHONE=9000000002\nNUBRA_MPIN=2468\n" });
    const configuration = await load("a.yaml", { env: { NUBRA_PHONE: "" } });
    expect(field(configuration, "main", "phone")).toBe("9000000002");
  });

  it("is never put into process.env", async () => {
    await files({ ".env": "NUBRA_PHONE=9000000002\nNUBRA_MPIN=2468\n" });
    await load("a.yaml");
    expect(process.env).not.toHaveProperty("NUBRA_MPIN");
  });

  it("comes from process.env where nothing else is given", async () => {
    await files({ "path.yaml": oneAccount(`    phone: { env: PATH }\n`) });
    const configuration = await loadConfig(join(folder, "path.yaml"), { brokers: [nubra] });
    expect(field(configuration, "main", "phone")).toBe(process.env["PATH"]);
  });

  it("that is not set is refused by the field and the variable", async () => {
    expect(await refused("a.yaml", { env: { NUBRA_PHONE: phone } })).toMatchObject({
      message: "accounts.main.mpin: the variable NUBRA_MPIN is not set; set it in the environment or in .env",
      field: "accounts.main.mpin",
    });
    const without = await refused("a.yaml", { envFile: false });
    expect(without.message).toBe("accounts.main.phone: the variable NUBRA_PHONE is not set; set it in the environment");
  });

  it("is not repeated where its value stands in place of the variable's name", async () => {
    for (const value of ["1357", "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP", "5a4db0c5-0000-4000-8000-000000000001", "XY42Z"]) {
      await files({ "b.yaml": oneAccount(`    phone: { env: "${value}" }\n`) });
      const error = await refused("b.yaml");
      expect(error.message).toContain("accounts.main.phone: the variable it names is not set");
      expect(inspect(error)).not.toContain(value);
    }
  });

  it("may come from another file, which then has to be there", async () => {
    await files({ "my.env": `NUBRA_PHONE=${phone}\nNUBRA_MPIN=${mpin}\n` });
    expect(field(await load("a.yaml", { envFile: "my.env" }), "main", "mpin")).toBe(mpin);
    expect(await refused("a.yaml", { envFile: "your.env" })).toMatchObject({
      field: "envFile",
      message:
        "envFile: your.env does not exist; correct the path, which starts at the configuration's folder, or leave it out",
    });
  });

  it("cannot come from a .env that is a folder or a pipe, for which nothing waits", async () => {
    await mkdir(join(folder, ".env"));
    expect((await refused("a.yaml")).message).toContain("envFile: .env is a folder, not a file");
    execFileSync("mkfifo", ["-m", "600", join(folder, "pipe.env")]);
    expect((await refused("a.yaml", { envFile: "pipe.env" })).message).toContain(
      "pipe.env is a pipe or a device, not a file",
    );
  });

  it.each([
    ["UTF-16 of PowerShell", Buffer.from("\ufeffNUBRA_PHONE=9000000002\n", "utf16le"), "is not UTF-8 text but UTF-16"],
    [
      "UTF-16 the other way round",
      Buffer.from("\ufeffNUBRA_PHONE=9000000002\n", "utf16le").swap16(),
      "is not UTF-8 text but UTF-16",
    ],
    ["UTF-16 without its mark", Buffer.from("NUBRA_PHONE=9000000002\n", "utf16le"), "is not UTF-8 text"],
    ["Latin-1", Buffer.from("# caf\u00e9\nNUBRA_PHONE=9000000002\n", "latin1"), "is not UTF-8 text"],
  ])("in %s is told to be saved as UTF-8, and not to correct its path", async (_, content, problem) => {
    await files({ ".env": content });
    expect(await refused("a.yaml")).toMatchObject({
      field: "envFile",
      message: `envFile: .env ${problem}; save it as UTF-8`,
    });
  });

  it("may stand behind a byte order mark, as some editors write UTF-8", async () => {
    await files({ ".env": "\ufeffNUBRA_PHONE=9000000002\r\nNUBRA_MPIN=2468\r\n" });
    expect(field(await load("a.yaml"), "main", "phone")).toBe("9000000002");
  });

  it.each([0o666, 0o622, 0o660, 0o602])(
    "is not taken from a .env with mode %o, which others can change",
    async (mode) => {
      await files({ ".env": "NUBRA_PHONE=9000000002\nNUBRA_MPIN=2468\n" }, mode);
      const error = await refused("a.yaml");
      expect(error).toMatchObject({
        field: "envFile",
        message: expect.stringContaining("envFile: .env can be changed by other users"),
      });
      expect(error.message).toContain(`run: chmod 600 ${join(folder, ".env")}`);
    },
  );

  it.each([0o644, 0o640])(
    "is taken from a .env with mode %o, which others can read, with one warning",
    async (mode) => {
      await files({ ".env": "NUBRA_PHONE=9000000002\nNUBRA_MPIN=2468\n" }, mode);
      const { warnings } = await load("a.yaml");
      expect(warnings.map(({ field: where }) => where)).toEqual(["envFile"]);
      expect(warnings[0]?.message).toContain(`chmod 600 ${join(folder, ".env")}`);
    },
  );

  it("does not mind how a .env is kept from which nothing is taken", async () => {
    await files({ ".env": "SOMETHING_ELSE=1\n" }, 0o666);
    const { warnings } = await load("a.yaml", { env: { NUBRA_PHONE: phone, NUBRA_MPIN: mpin } });
    expect(warnings).toEqual([]);
  });
});

describe("a secret from a file", () => {
  beforeEach(() => files({ "a.yaml": oneAccount("    phone: { file: secrets/phone }\n") }));

  it.each([
    ["one line break at the end", `${phone}\n`, phone],
    ["one line break of Windows", `${phone}\r\n`, phone],
    ["only one of two line breaks", `${phone}\n\n`, `${phone}\n`],
    ["no spaces and no other lines", `  a\nb `, "  a\nb "],
  ])("loses %s", async (_, content, value) => {
    await files({ "secrets/phone": content });
    const configuration = await load("a.yaml");
    expect(field(configuration, "main", "phone")).toBe(value);
    expect(configuration.warnings).toEqual([]);
  });

  it("may lie anywhere else by its whole path", async () => {
    await files({ elsewhere: phone, "b.yaml": oneAccount(`    phone: { file: "${join(folder, "elsewhere")}" }\n`) });
    expect(field(await load("b.yaml"), "main", "phone")).toBe(phone);
  });

  it.each([0o644, 0o640, 0o604, 0o666, 0o620, 0o602])(
    "with mode %o, which others can read or change, is refused by the field, with the chmod to run",
    async (mode) => {
      await files({ "secrets/phone": phone }, mode);
      const error = await refused("a.yaml");
      expect(error.field).toBe("accounts.main.phone");
      expect(error.message).toMatch(
        /the secret file secrets\/phone can be (?:read|changed) by other users of this computer/,
      );
      expect(error.message).toContain(`run: chmod 600 ${join(folder, "secrets/phone")}`);
      expect(inspect(error)).not.toContain(phone);
    },
  );

  it("may be mounted for a group, as containers do it: root's, and not to be changed by this program", async () => {
    await files({ "secrets/phone": phone }, 0o440);
    // Without root nobody can mount anything: then the file is this program's own, which can change it.
    const root = process.geteuid?.() === 0;
    const outcome = await load("a.yaml").then(
      ({ warnings }) => warnings.length,
      ({ message }: Error) => message,
    );
    expect(String(outcome)).toMatch(root ? /^0$/ : /chmod 600/);
    expect(looseRights({ mode: 0o440, uid: 0 }, "/run/secrets/phone")).toBe(undefined);
    for (const loose of [
      { mode: 0o444, uid: 0 },
      { mode: 0o460, uid: 0 },
      { mode: 0o440, uid: 4_321 },
    ])
      expect(looseRights(loose, "/run/secrets/phone")).toMatchObject({ may: expect.stringMatching(/read|change/) });
  });

  it("is not waited for when it is a pipe or a device, and not read beyond 1 MiB", async () => {
    await mkdir(join(folder, "secrets"));
    execFileSync("mkfifo", ["-m", "600", join(folder, "secrets/phone")]);
    expect((await refused("a.yaml")).message).toContain("is a pipe or a device, not a file");
    await rm(join(folder, "secrets/phone"));
    await symlink("/dev/zero", join(folder, "secrets/phone"));
    expect((await refused("a.yaml")).message).toContain("is a pipe or a device, not a file");
    await rm(join(folder, "secrets/phone"));
    await files({ "secrets/phone": "9".repeat(1_048_577) });
    expect((await refused("a.yaml")).message).toContain("is larger than 1 MiB");
  });

  it("in UTF-16 is told to be saved as UTF-8", async () => {
    await files({ "secrets/phone": Buffer.from(`\ufeff${phone}`, "utf16le") });
    expect((await refused("a.yaml")).message).toBe(
      "accounts.main.phone: the secret file secrets/phone is not UTF-8 text but UTF-16; save it as UTF-8",
    );
  });

  it("keeps what quotes and spaces are around it for its adapter, which forgives them", async () => {
    await files({ "secrets/phone": `"${phone}"\n` });
    const auth = createBrokerAuth({ ...(await load("a.yaml")), store: memoryStore() });
    expect(auth.accounts).toEqual(["main"]);
    await auth.close();
  });

  it("that is missing, empty, a folder or not readable is refused by the field, with the file and what to do", async () => {
    const messages: string[] = [];
    const keep = async (): Promise<void> => {
      const error = await refused("a.yaml");
      expect(error.field).toBe("accounts.main.phone");
      messages.push(error.message);
    };
    await keep();
    await files({ "secrets/phone": "\n" });
    await keep();
    await rm(join(folder, "secrets/phone"));
    await mkdir(join(folder, "secrets/phone"));
    await keep();
    await rm(join(folder, "secrets"), { recursive: true });
    await files({ secrets: "a file where a folder should be" });
    await keep();
    expect(messages).toEqual([
      "accounts.main.phone: the secret file secrets/phone does not exist; a relative path starts at the configuration's folder; correct the path or the file",
      "accounts.main.phone: the secret file secrets/phone is empty; write the secret into it",
      "accounts.main.phone: the secret file secrets/phone is a folder, not a file; correct the path or the file",
      "accounts.main.phone: the secret file secrets/phone cannot be read (ENOTDIR); correct the path or the file",
    ]);
  });
});

describe("what a program adds", () => {
  it("is another kind of reference", async () => {
    await files({ "a.yaml": oneAccount("    phone: { vault: phone-of-main }\n") });
    const resolvers = { vault: async (name: string) => (name === "phone-of-main" ? phone : undefined) };
    expect(field(await load("a.yaml", { resolvers }), "main", "phone")).toBe(phone);
  });

  it("names the field when it fails, and shows nothing of a foreign error", async () => {
    await files({ "a.yaml": oneAccount("    phone: { vault: it }\n") });
    const foreign = await refused("a.yaml", { resolvers: failing(new Error(`token ${mpin} refused`)) });
    expect(foreign).toMatchObject({
      field: "accounts.main.phone",
      message: 'accounts.main.phone: the resolver for "vault" failed',
    });
    expect(inspect(foreign)).not.toContain(mpin);
    const own = await refused("a.yaml", {
      resolvers: failing(new BrokerAuthError("configuration", "the vault is sealed")),
    });
    expect(own).toMatchObject({ field: "accounts.main.phone", message: "accounts.main.phone: the vault is sealed" });
    const knowing = failing(new BrokerAuthError("configuration", "--vault: is no address", { field: "--vault" }));
    expect(await refused("a.yaml", { resolvers: knowing })).toMatchObject({
      field: "--vault",
      message: "--vault: is no address",
    });
  });
});

describe("secrets of a configuration", () => {
  it("are shown by nothing that prints it", async () => {
    await files({
      "a.yaml": oneAccount("    phone: { env: NUBRA_PHONE }\n    mpin: { file: mpin }\n"),
      mpin: "135790",
    });
    const configuration = await load("a.yaml", { env: { NUBRA_PHONE: phone } });
    const printed = [inspect(configuration, { depth: 20, showHidden: true }), JSON.stringify(configuration)].join();
    expect(printed).not.toMatch(/9000000001|135790/);
  });

  it("written into the file work, and give a warning that names the field", async () => {
    await files({ "a.yaml": oneAccount(`    phone: "${phone}"\n`) });
    const configuration = await load("a.yaml");
    expect(configuration.warnings).toMatchObject([{ field: "accounts.main.phone" }]);
    expect(JSON.stringify(configuration.warnings)).not.toContain(phone);
  });
});
