#!/usr/bin/env bash
# The client of the package `redis` gives each command a time limit of five seconds, without being asked. It is meant for commands that wait to be sent.
# But it is an AbortSignal.timeout() per command, and a command that was answered in a millisecond leaves its own behind: five seconds later each of them
# fires and makes a DOMException, stack and all, that nobody looks at. It was about half of what a command costs its program here. A program cannot see it
# at a quiet desk: the timers do not keep it alive, and the exceptions come when the load that made them is long over.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
npm init -y >/dev/null
npm install --no-audit --no-fund --ignore-scripts --loglevel=error redis@6.3.1 >/dev/null
cat >count.mjs <<'JS'
import { createServer } from "node:net";
import { createClient } from "redis";

// Answers as a server does that knows its three commands: HELLO with a map, CLIENT SETINFO with OK, PING with PONG.
const server = createServer((socket) => {
  let text = "";
  socket.on("data", (bytes) => {
    text += bytes;
    for (let found; (found = /^\*(\d+)\r\n((?:\$\d+\r\n[^\r]*\r\n)*)/.exec(text)); ) {
      const words = found[2].split("\r\n").filter((_, index) => index % 2 === 1);
      if (words.length < Number(found[1])) return;
      text = text.slice(found[0].length);
      socket.write({ HELLO: "%1\r\n$5\r\nproto\r\n:3\r\n", PING: "+PONG\r\n" }[words[0]] ?? "+OK\r\n");
    }
  });
});
await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));

let made = [];
const timeout = AbortSignal.timeout;
AbortSignal.timeout = (ms) => {
  const signal = timeout.call(AbortSignal, ms);
  made.push({ ms, signal });
  return signal;
};

const client = createClient({ url: `redis://127.0.0.1:${server.address().port}` });
await client.connect();
const commands = 200;
async function limitsOf(sender) {
  made = [];
  for (let count = 0; count < commands; count++) await sender.ping();
  return made;
}
const ofItself = await limitsOf(client);
const without = await limitsOf(client.withCommandOptions({ timeout: 0 }));
const firedAtOnce = ofItself.filter(({ signal }) => signal.aborted).length;
await new Promise((resolve) => setTimeout(resolve, 5_500));
const firedLater = ofItself.filter(({ signal }) => signal.reason instanceof DOMException).length;
client.destroy();
server.close();
console.log(`signals made for ${commands} answered commands: ${ofItself.length}, of ${[...new Set(ofItself.map(({ ms }) => ms))]} ms`);
console.log(`fired when all were answered: ${firedAtOnce}; five seconds later: ${firedLater}, a DOMException each`);
console.log(`signals made with { timeout: 0 }: ${without.length}`);
JS
got=$(node count.mjs)
want='signals made for 200 answered commands: 200, of 5000 ms
fired when all were answered: 0; five seconds later: 200, a DOMException each
signals made with { timeout: 0 }: 0'
echo "redis 6.3.1 on Node $(node --version), seen on $(date +%F), first on 2026-12-01:"
echo "$got"
[ "$got" = "$want" ] || { echo "changed: expected" && echo "$want" && exit 1; }
