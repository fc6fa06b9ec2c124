import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { chmodSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { describe, expect, it, vi } from "vitest";
import { isInstalled, Trial } from "./testing/trial.ts";

// Nobody's, so that no account of the machine is touched.
const stranger = 64_123;
const asStranger = ["--reuid", String(stranger), "--regid", String(stranger), "--clear-groups"] as const;

/** Whether this process may become another user, who can run its Node: one below a home of root's cannot be reached. */
function canBecomeStranger(): boolean {
  if (process.platform !== "linux" || process.geteuid?.() !== 0 || !isInstalled("setpriv")) return false;
  return spawnSync("setpriv", [...asStranger, process.execPath, "--version"], { cwd: "/" }).status === 0;
}

/** What another user of the machine sees: a program that tries every way there is, and prints what came of each. */
const attempts = `
const { createConnection } = require("node:net");
const { request } = require("node:http");
const { readFileSync, readdirSync, writeFileSync } = require("node:fs");
const { home, ports } = JSON.parse(process.argv[1]);
const tried = {};
const note = (name, work) => { try { tried[name] = String(work()).slice(0, 40) || "empty"; } catch (error) { tried[name] = error.code; } };
for (const file of [".config/broker-auth/broker-auth.yaml", ".config/broker-auth/secrets/main-mpin", ".local/state/broker-auth/sessions.db",
  ".local/share/broker-auth-keys/store.key", "run/broker-auth/agent.token", "run/broker-auth/gateway.url"]) note(file, () => readFileSync(home + "/" + file));
for (const folder of [".config/broker-auth", ".local/state/broker-auth", "run/broker-auth", ".cache/broker-auth"]) {
  note(folder, () => readdirSync(home + "/" + folder));
  note(folder + " write", () => writeFileSync(home + "/" + folder + "/planted", ""));
}
const connect = (name) => new Promise((done) => {
  const socket = createConnection(home + "/run/broker-auth/" + name);
  socket.once("connect", () => { tried[name] = "connected"; socket.destroy(); done(); }).once("error", (error) => { tried[name] = error.code; done(); });
});
const ask = (name, port, path, method) => new Promise((done) => {
  request({ host: "127.0.0.1", port, path, method }, (answer) => { answer.resume(); tried[name] = answer.statusCode; done(); }).once("error", (error) => { tried[name] = error.code; done(); }).end("{}");
});
(async () => {
  await connect("agent.sock");
  await connect("gateway.sock");
  await ask("http", ports.http, "/v1/headers", "POST");
  await ask("gateway port", ports.gateway, "/main/userinfo", "GET");
  console.log(JSON.stringify(tried));
})();
`;

describe("another user of the machine", { timeout: 240_000 }, () => {
  it.skipIf(!canBecomeStranger())(
    "gets nothing: not from a socket, a port, a file or a folder, nor from the process list",
    async () => {
      const trial = await Trial.start();
      trial.configure({ main: [] });
      // So that only the folders below stand in the way.
      for (const folder of ["", "run", ".config"]) chmodSync(join(trial.home, folder), 0o755);
      const args = ["agent", "--gateway", "--http", "0", "--gateway-port", "0"];
      const child = trial.start(args);
      let seen = "";
      child.stdout?.on("data", (chunk) => (seen += String(chunk)));
      await vi.waitFor(() => expect(seen).toMatch(/^agent at /m), { timeout: 120_000, interval: 50 });
      const session = await trial.run(["headers", "main"]);
      for (const folder of [".local", ".local/state", ".local/share", ".cache"])
        chmodSync(join(trial.home, folder), 0o755);
      const ports = {
        http: Number(/http:\/\/127\.0\.0\.1:(\d+)/.exec(seen)?.[1]),
        gateway: Number(/gateway on port (\d+)/.exec(seen)?.[1]),
      };
      const script = [...asStranger, process.execPath, "-e", attempts];
      const other = spawn("setpriv", [...script, JSON.stringify({ home: trial.home, ports })], { env: {}, cwd: "/" });
      const [out, err, [code]] = await Promise.all([text(other.stdout), text(other.stderr), once(other, "close")]);
      expect([code, err]).toEqual([0, ""]);
      const tried = JSON.parse(out) as Record<string, string | number>;
      expect(Object.keys(tried)).toHaveLength(18);
      expect(tried).toMatchObject({ http: 401, "gateway port": 404 });
      const { http: _, "gateway port": __, ...rest } = tried;
      expect(new Set(Object.values(rest))).toEqual(new Set(["EACCES"]));
      expect(session.code).toBe(0);
      const shown = readFileSync(`/proc/${child.pid}/cmdline`, "utf8");
      expect(shown).not.toMatch(/1357|JBSWY3DP|9000000001/);
    },
  );
});
