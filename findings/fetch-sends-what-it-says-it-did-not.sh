#!/usr/bin/env bash
# A POST with a Content-Length header that is larger than its body: fetch rejects with UND_ERR_REQ_CONTENT_LENGTH_MISMATCH, and sends the request all
# the same, on a second connection, a moment later. So this error is no proof that nothing left. Leave the length to fetch.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
npm init -y >/dev/null
npm install --no-audit --no-fund --ignore-scripts --loglevel=error undici@7.29.1 >/dev/null
cat >look.mjs <<'JS'
import { createServer } from "node:net";
import { fetch as byUndici } from "undici";

async function outcome(fetch) {
  let arrived = "";
  const server = createServer((socket) => {
    socket.on("error", () => {});
    socket.on("data", (bytes) => (arrived += bytes));
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  const url = `http://127.0.0.1:${server.address().port}/order`;
  const headers = { "content-length": "5" };
  const said = await fetch(url, { method: "POST", body: "{}", headers }).then(
    () => "answered",
    (error) => error.cause?.code,
  );
  const before = arrived.length;
  await new Promise((resolve) => setTimeout(resolve, 1_000));
  server.close();
  return { said, before, after: /^POST \/order HTTP\/1\.1\r\n[^]*\r\n\r\n\{\}$/.test(arrived) };
}

const seen = { "undici 7.29.1": await outcome(byUndici), [`Node ${process.version}`]: await outcome(globalThis.fetch) };
for (const [name, facts] of Object.entries(seen)) console.log(name, JSON.stringify(facts));
const same = Object.values(seen).every(({ said, after }) => said === "UND_ERR_REQ_CONTENT_LENGTH_MISMATCH" && after);
console.log(new Date().toISOString().slice(0, 10), same ? "as found: it rejected, and the request arrived" : "CHANGED");
process.exit(same ? 0 : 1);
JS
node look.mjs
