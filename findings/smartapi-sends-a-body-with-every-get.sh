#!/usr/bin/env bash
# smartapi-javascript sends the body {} with every read, by GET, although it has no parameters. Node's fetch takes no GET with a body: what passes such a
# request on by new Request(url, { method, body }), as many gateways and edge functions do, throws before anything leaves. Its reads need the body dropped.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
npm init -y >/dev/null
npm install --no-audit --no-fund --ignore-scripts --loglevel=error smartapi-javascript@1.0.27 >/dev/null
cat >look.cjs <<'JS'
const { createServer } = require("node:http");
const dgram = require("node:dgram");
const dns = require("node:dns");

// The constructor asks a service on the internet for this machine's address: there is no way out here, and nobody is asked.
const away = () => Object.assign(new Error("no way out"), { code: "ENETUNREACH" });
dgram.createSocket = () => { throw away(); };
const lookup = dns.lookup;
dns.lookup = (host, ...rest) => (host === "127.0.0.1" ? lookup(host, ...rest) : rest.at(-1)(away()));
process.on("unhandledRejection", () => undefined);
const { SmartAPI } = require("smartapi-javascript");

const seen = [];
const server = createServer((request, response) => {
  let body = "";
  request.on("data", (chunk) => (body += chunk)).on("end", () => {
    let passed = "can be passed on by fetch";
    try {
      new Request("https://broker.invalid/", { method: request.method, body: body === "" ? undefined : body });
    } catch (error) {
      passed = `cannot be passed on by fetch (${error.name})`;
    }
    seen.push(`${request.method} with ${body === "" ? "no body" : body}, length ${request.headers["content-length"]}: ${passed}`);
    response.writeHead(200, { "content-type": "application/json" }).end('{"status":true,"message":"SUCCESS","errorcode":"","data":{}}');
  });
});

server.listen(0, "127.0.0.1", async () => {
  const api = new SmartAPI({ api_key: "invented", access_token: "invented", refresh_token: "invented", root: `http://127.0.0.1:${server.address().port}` });
  for (const read of ["getProfile", "getHolding", "getOrderBook"]) await api[read]();
  server.close();
  server.closeAllConnections();
  const told = [...new Set(seen)].join("; ");
  console.log(`${seen.length} reads: ${told}`);
  const expected = "GET with {}, length 2: cannot be passed on by fetch (TypeError)";
  console.log(`smartapi-javascript 1.0.27, Node ${process.version}, ${new Date().toISOString().slice(0, 10)}`);
  console.log(seen.length === 3 && told === expected ? "as found: reads with a body" : "CHANGED");
  process.exit(seen.length === 3 && told === expected ? 0 : 1);
});
JS
timeout 60 node look.cjs
