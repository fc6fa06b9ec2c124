#!/usr/bin/env bash
# When a kept connection ends after a POST has arrived whole and before an answer, Deno's fetch sends the POST again by itself, and if that fails it
# reports how the second try failed: "client error (Connect): … Connection refused" for a request that had arrived. A Blob it sends once, with the same
# Content-Length, and its error is then true. Node's and Bun's fetch do not send it again.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
npm init -y >/dev/null
npm install --no-audit --no-fund --ignore-scripts --loglevel=error deno@2.9.6 bun@1.4.5 >/dev/null
cat >client.mjs <<'JS'
const [url, kind] = globalThis.Deno?.args ?? process.argv.slice(2);
const order = '{"quantity":1}';
const send = () => fetch(url, { method: "POST", body: kind === "Blob" ? new Blob([order]) : order });
await (await send()).text(); // makes the connection that is kept
console.log(await send().then((answer) => answer.status, (error) => String(error.cause?.message ?? error.message)));
JS
cat >look.mjs <<'JS'
import { spawn } from "node:child_process";
import { once } from "node:events";
import { globSync } from "node:fs";
import { createServer } from "node:net";
import { text } from "node:stream/consumers";

/** Answers the first order; when the second has arrived on that connection, cuts it, and takes further connections or none. */
async function outcome(command, goesOnListening) {
  let orders = 0;
  const server = createServer((socket) => {
    socket.on("error", () => {});
    let heard = "";
    socket.on("data", (bytes) => {
      heard += bytes;
      if (!heard.endsWith('{"quantity":1}')) return;
      heard = "";
      orders += 1;
      if (orders === 1) return socket.write("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
      if (!goesOnListening) server.close();
      socket.destroy();
    });
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const [file, ...args] = command(`http://127.0.0.1:${server.address().port}/order`);
  const child = spawn(file, args, { stdio: ["ignore", "pipe", "inherit"] });
  const said = (await text(child.stdout)).trim();
  server.close();
  return { second: orders - 1, said };
}

const [deno] = globSync("node_modules/@deno/*/deno*");
const [bun] = globSync("node_modules/@oven/*/bin/bun*");
const clients = {
  "Deno, text": (url) => [deno, "run", "--allow-net", "client.mjs", url, "text"],
  "Deno, Blob": (url) => [deno, "run", "--allow-net", "client.mjs", url, "Blob"],
  "Bun, text": (url) => [bun, "run", "client.mjs", url, "text"],
  "Node, text": (url) => [process.execPath, "client.mjs", url, "text"],
};
const seen = {};
for (const [name, command] of Object.entries(clients)) {
  const [open, gone] = [await outcome(command, true), await outcome(command, false)];
  seen[name] = { times: open.second, once: gone.second, says: /\(Connect\)/.test(gone.said) ? "could not connect" : "was cut" };
  console.log(`${name}: arrived ${open.second} times; with nobody listening any more ${gone.second} time, and it says it ${seen[name].says}`);
}
const expected = { "Deno, text": [2, "could not connect"], "Deno, Blob": [1, "was cut"], "Bun, text": [1, "was cut"], "Node, text": [1, "was cut"] };
const changed = Object.entries(expected).filter(([name, [times, says]]) => seen[name].times !== times || seen[name].once !== 1 || seen[name].says !== says);
console.log(`Deno 2.9.6, Bun 1.4.5, Node ${process.version}, ${new Date().toISOString().slice(0, 10)}`);
console.log(changed.length === 0 ? "as found: Deno sends a text twice, and a Blob once" : `CHANGED: ${changed.map(([name]) => name).join(", ")}`);
process.exit(changed.length === 0 ? 0 : 1);
JS
node look.mjs
