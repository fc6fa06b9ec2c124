#!/usr/bin/env bash
# A reset before TLS stands and a reset after the order has arrived are one and the same error, on Node (read ECONNRESET) and on Bun. The body tells: a
# ReadableStream of type "bytes" with a Content-Length header of its own is read once there is a connection, and arrives with that length. One of the
# default type is read before that on Node 24 (on 26 it waits).
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
npm init -y >/dev/null
npm install --no-audit --no-fund --ignore-scripts --loglevel=error bun@1.4.5 >/dev/null
cat >client.mjs <<'JS'
const [url, type] = process.argv.slice(2);
let read = false;
const body = new ReadableStream(
  {
    ...(type === "bytes" ? { type } : {}),
    pull(controller) {
      read = true;
      controller.enqueue(new TextEncoder().encode("order"));
      controller.close();
    },
  },
  { highWaterMark: 0 },
);
const headers = { "content-length": "5" };
const failed = await fetch(url, { method: "POST", body, duplex: "half", headers }).then(() => "", (error) => error);
console.log(JSON.stringify({ read, says: failed.cause?.message ?? failed.message ?? "answered" }));
process.exit();
JS
cat >look.mjs <<'JS'
import { spawn } from "node:child_process";
import { once } from "node:events";
import { globSync } from "node:fs";
import { createServer } from "node:net";
import { text } from "node:stream/consumers";

async function outcome(command, scheme, act) {
  let heard = "";
  const server = createServer((socket) => {
    socket.on("error", () => {}).on("data", (bytes) => act(socket, (heard += bytes.toString("latin1"))));
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const [file, ...args] = command;
  const child = spawn(file, [...args.slice(0, -1), `${scheme}://127.0.0.1:${server.address().port}/`, args.at(-1)], { stdio: ["ignore", "pipe", "inherit"] });
  const said = JSON.parse(await text(child.stdout));
  server.close();
  return { ...said, whole: /content-length: 5\r\n/i.test(heard) && heard.endsWith("\r\n\r\norder") };
}

const reset = (socket) => socket.resetAndDestroy();
const resetWhenArrived = (socket, heard) => heard.endsWith("order") && socket.resetAndDestroy();
const [bun] = globSync("node_modules/@oven/*/bin/bun*");
const runtimes = { Node: [process.execPath, "client.mjs"], Bun: [bun, "run", "client.mjs"] };
let same = true;
for (const [name, command] of Object.entries(runtimes)) {
  const early = await outcome([...command, "bytes"], "https", reset);
  const late = await outcome([...command, "bytes"], "http", resetWhenArrived);
  console.log(`${name}: reset in TLS: "${early.says.slice(0, 40)}", body read: ${early.read}; reset when arrived: "${late.says.slice(0, 40)}", body read: ${late.read}, arrived whole: ${late.whole}`);
  same &&= early.says === late.says && !early.read && late.read && late.whole;
}
const plain = await outcome([...runtimes.Node, "default"], "https", reset);
console.log(`Node ${process.version}, a stream of the default type, reset in TLS: body read: ${plain.read}`);
if (process.version.startsWith("v24.")) same &&= plain.read;
console.log(`Bun 1.4.5, Node ${process.version}, ${new Date().toISOString().slice(0, 10)}: ${same ? "as found: the same words, and the body tells them apart" : "CHANGED"}`);
process.exit(same ? 0 : 1);
JS
node look.mjs
