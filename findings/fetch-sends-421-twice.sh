#!/usr/bin/env bash
# A POST that is answered 421 (Misdirected Request) is sent a second time by fetch itself, body and all: the Fetch standard says so, and undici,
# which is Node's fetch, does it. `retry: 0` in ky and the absence of any retry in axios do not change it. Only a client below fetch sends once.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
npm init -y >/dev/null
npm install --no-audit --no-fund --ignore-scripts --loglevel=error undici@8.13.1 ky@2.1.0 axios@1.21.1 >/dev/null
cat >look.mjs <<'JS'
import { createServer } from "node:http";
import axios from "axios";
import ky from "ky";
import { fetch, request } from "undici";

async function arrivals(status, send) {
  let count = 0;
  const server = createServer((incoming, response) => {
    count++;
    incoming.resume().on("end", () => response.writeHead(status).end());
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  await send(`http://127.0.0.1:${server.address().port}/order`).catch(() => {});
  server.closeAllConnections();
  server.close();
  return count;
}

const body = '{"quantity":1}';
const clients = {
  "fetch of undici": (url) => fetch(url, { method: "POST", body }),
  "fetch of this Node": (url) => globalThis.fetch(url, { method: "POST", body }),
  "ky, retry: 0": (url) => ky.post(url, { json: { quantity: 1 }, retry: 0 }),
  "axios on fetch": (url) => axios.post(url, { quantity: 1 }, { adapter: "fetch" }),
  "axios on node:http": (url) => axios.post(url, { quantity: 1 }, { adapter: "http" }),
  "request of undici": (url) => request(url, { method: "POST", body }),
};
const seen = {};
for (const [name, send] of Object.entries(clients)) {
  seen[name] = [await arrivals(421, send), await arrivals(503, send)];
  console.log(`${name}: ${seen[name][0]} at 421, ${seen[name][1]} at 503`);
}
const expected = { "fetch of undici": 2, "fetch of this Node": 2, "ky, retry: 0": 2, "axios on fetch": 2, "axios on node:http": 1, "request of undici": 1 };
const changed = Object.entries(expected).filter(([name, at421]) => seen[name][0] !== at421 || seen[name][1] !== 1);
console.log(`undici 8.13.1, ky 2.1.0, axios 1.21.1, Node ${process.version}, ${new Date().toISOString().slice(0, 10)}`);
console.log(changed.length === 0 ? "as found: fetch sends a POST twice at 421" : `CHANGED: ${changed.map(([name]) => name).join(", ")}`);
process.exitCode = changed.length === 0 ? 0 : 1;
JS
node look.mjs
