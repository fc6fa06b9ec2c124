#!/usr/bin/env bash
# destroy() of a client of the package `redis` ends a connection that there is. While connect() is still making one, there is none to end: destroy()
# returns, the client says that it is not open, and a moment later it is connected all the same, has said hello, and stays so: it holds the server's
# connection and the program for good, with nobody who would end it. A second destroy() after that does end it. close() leaves it in the same way.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
command -v redis-server >/dev/null || { echo "this needs redis-server" >&2; exit 1; }
npm init -y >/dev/null
npm install --no-audit --no-fund --ignore-scripts --loglevel=error redis@6.3.1 >/dev/null
cat >count.mjs <<'JS'
import { spawn } from "node:child_process";
import { createServer } from "node:net";
import { createClient } from "redis";

const free = createServer().listen(0, "127.0.0.1");
await new Promise((resolve) => free.once("listening", resolve));
const { port } = free.address();
await new Promise((resolve) => free.close(resolve));
const server = spawn("redis-server", ["--port", `${port}`, "--bind", "127.0.0.1", "--save", ""], { stdio: "ignore" });
process.once("exit", () => server.kill("SIGKILL"));

const url = `redis://127.0.0.1:${port}`;
const watcher = createClient({ url, socket: { reconnectStrategy: 20 } });
watcher.on("error", () => undefined);
await watcher.connect();
const others = async () => (await watcher.sendCommand(["CLIENT", "LIST"])).trim().split("\n").length - 1;
const moment = () => new Promise((resolve) => setTimeout(resolve, 300));

async function leftBy(name, end) {
  const before = await others();
  const client = createClient({ url });
  client.on("error", () => undefined);
  const connecting = client.connect().then(() => "made", () => "given up");
  const ending = Promise.resolve(end(client)).catch(() => undefined);
  await Promise.race([ending, moment()]);
  const open = client.isOpen;
  const outcome = await connecting;
  await moment();
  const left = (await others()) - before;
  try {
    client.destroy();
  } catch {}
  await moment();
  console.log(`${name}: isOpen ${open}, connection ${outcome}, left ${left}; after destroy() once more ${(await others()) - before}`);
}

await leftBy("destroy() while connecting", (client) => client.destroy());
await leftBy("close() while connecting", (client) => client.close());
await leftBy("destroy() once connected", async (client) => {
  await new Promise((resolve) => client.once("ready", resolve));
  client.destroy();
});
watcher.destroy();
server.kill("SIGKILL");
JS
got=$(node count.mjs)
want='destroy() while connecting: isOpen false, connection made, left 1; after destroy() once more 0
close() while connecting: isOpen false, connection made, left 1; after destroy() once more 0
destroy() once connected: isOpen false, connection made, left 0; after destroy() once more 0'
echo "redis 6.3.1 on Node $(node --version), seen on $(date +%F), first on 2026-12-01:"
echo "$got"
[ "$got" = "$want" ] || { echo "changed: expected" && echo "$want" && exit 1; }
