import { spawn } from "node:child_process";
import { accessSync, constants, mkdirSync, writeFileSync } from "node:fs";
import { delimiter, join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, onTestFinished, test } from "vitest";
import { temporaryDirectory } from "./testing/temporary-directory.ts";
import { key } from "./testing/sample.ts";

const folder = fileURLToPath(new URL("..", import.meta.url));
// Debian: packages dbus-daemon and gnome-keyring.
const tools = ["dbus-run-session", "gnome-keyring-daemon"];
const absent =
  process.platform === "linux" ? tools.filter((tool) => !isOnPath(tool)) : ["Secret Service, which is Linux's"];

/** A keychain that is unlocked with its password, one that nobody unlocks, a session without one, and no session at all. */
type Service = "unlocked" | "locked" | "without" | "none";

const unlock = "printf %s the-password | gnome-keyring-daemon --unlock --components=secrets >/dev/null 2>&1";
const start = "gnome-keyring-daemon --start --components=secrets >/dev/null 2>&1";
const commands: Readonly<Record<Service, string>> = {
  unlocked: `dbus-run-session -- sh -c '${unlock}; "$@"' sh`,
  locked: `dbus-run-session -- sh -c '${start}; "$@"' sh`,
  without: 'dbus-run-session --config-file="$PLACE/bus.conf" --',
  none: "",
};

// A bus that starts no services by itself.
const busConfiguration = `<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN" "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig><type>session</type><listen>unix:tmpdir=/tmp</listen><auth>EXTERNAL</auth>
<policy context="default"><allow send_destination="*" eavesdrop="true"/><allow eavesdrop="true"/><allow own="*"/></policy></busconfig>`;

/** Runs steps in a process of its own, on a bus and a keychain of the test's own, and tells what came of each. */
async function inSession(service: Service, directory: string, steps: readonly string[]): Promise<string[]> {
  const program = `
    import { AsyncEntry } from "@napi-rs/keyring";
    import { encrypted } from "@x/stores/encrypted";
    import { keychain } from "@x/stores/keychain";
    import { sqliteStore } from "@x/stores/sqlite";
    const store = encrypted(sqliteStore({ directory: process.env.PLACE + "/store" }), keychain());
    const entry = () => new AsyncEntry("broker-auth", "store-key", { linux: { store: "secret-service" } });
    const header = { state: "logged_in", expiresAt: 1, generation: 1, obtainedBy: "login" };
    const steps = {
      write: () => store.swap("${key(1)}", 0, { revision: 1, header, body: Buffer.from("the text") }),
      read: async () => String(Buffer.from((await store.read("${key(1)}"))?.body ?? "nothing")),
      entry: async () => (await entry().getPassword())?.length,
      forget: () => entry().deletePassword(),
      spoil: () => entry().setPassword("not a key"),
    };
    for (const step of process.argv.slice(1))
      console.log(await steps[step]().catch((error) => error.code));
    await store.close();`;
  const { DISPLAY: _x, WAYLAND_DISPLAY: _wayland, DBUS_SESSION_BUS_ADDRESS: _bus, ...env } = process.env;
  for (const name of ["data", "run"]) mkdirSync(join(directory, name), { recursive: true, mode: 0o700 });
  writeFileSync(join(directory, "bus.conf"), busConfiguration);
  const child = spawn(
    "sh",
    // A group of its own, so that nothing of it outlives the test.
    [
      "-c",
      `exec ${commands[service]} "$@"`,
      "sh",
      process.execPath,
      "--conditions=@x/source",
      "--disable-warning=ExperimentalWarning",
      "--input-type=module",
      "-e",
      program,
      ...steps,
    ],
    {
      cwd: folder,
      detached: true,
      stdio: ["ignore", "pipe", "ignore"],
      env: {
        ...env,
        PLACE: directory,
        XDG_DATA_HOME: join(directory, "data"),
        XDG_RUNTIME_DIR: join(directory, "run"),
      },
    },
  );
  onTestFinished(() => endGroup(child.pid));
  let printed = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => (printed += text));
  await new Promise((resolve) => child.once("close", resolve));
  return printed.trimEnd().split("\n");
}

// Each step starts a bus, a keychain and a program.
describe.skipIf(absent.length > 0)("a key in the keychain of the system", { timeout: 30_000 }, () => {
  test("is made there and found again by later programs", async () => {
    const directory = temporaryDirectory();
    expect(await inSession("unlocked", directory, ["entry", "write", "read", "entry"])).toEqual([
      "undefined",
      "true",
      "the text",
      "44",
    ]);
    expect(await inSession("unlocked", directory, ["read"])).toEqual(["the text"]);
  });

  test("is store_key_locked while the keychain is locked, and is there again when it was unlocked", async () => {
    const directory = temporaryDirectory();
    await inSession("unlocked", directory, ["write"]);
    expect(await inSession("locked", directory, ["read", "write"])).toEqual(["store_key_locked", "store_key_locked"]);
    expect(await inSession("unlocked", directory, ["read"])).toEqual(["the text"]);
  });

  test("is not made in a keychain that is locked", async () => {
    const directory = temporaryDirectory();
    await inSession("unlocked", directory, ["spoil", "forget"]);
    expect(await inSession("locked", directory, ["write"])).toEqual(["store_key_locked"]);
    expect(await inSession("unlocked", directory, ["entry"])).toEqual(["undefined"]);
  });

  test.each(["without", "none"] as const)(
    "is store_key_locked where there is no Secret Service (%s), and nothing forgetful takes its place",
    async (service) => {
      const directory = temporaryDirectory();
      expect(await inSession(service, directory, ["write", "read"])).toEqual(["store_key_locked", "store_key_locked"]);
      await inSession("unlocked", directory, ["write"]);
      expect(await inSession(service, directory, ["read"])).toEqual(["store_key_locked"]);
    },
  );

  test("is store_key_missing when its entry is gone, and is not made anew while the store holds records", async () => {
    const directory = temporaryDirectory();
    await inSession("unlocked", directory, ["write"]);
    expect(await inSession("unlocked", directory, ["forget", "read", "write", "entry"])).toEqual([
      "true",
      "store_key_missing",
      "store_key_missing",
      "undefined",
    ]);
  });

  test("is store_key_wrong when something else is in its entry, which is left as it is", async () => {
    const directory = temporaryDirectory();
    expect(await inSession("unlocked", directory, ["spoil", "write", "entry"])).toEqual([
      "null",
      "store_key_wrong",
      "9",
    ]);
  });
});

// Elsewhere than on Linux it would be the user's own keychain.
const required = process.env["CI"] === "true" && process.platform === "linux";
test.skipIf(!required).each(absent)("the keychain is left out for want of %s", (tool) => {
  expect(`CI without ${tool}`).toBe(`CI with ${tool}`);
});

function isOnPath(tool: string): boolean {
  return (process.env["PATH"] ?? "").split(delimiter).some((directory) => {
    try {
      accessSync(join(directory, tool), constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}

function endGroup(pid: number | undefined): void {
  try {
    if (pid !== undefined) process.kill(-pid, "SIGKILL");
  } catch {
    // All of it has ended.
  }
}
