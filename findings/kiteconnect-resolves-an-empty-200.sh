#!/usr/bin/env bash
# kiteconnect resolves where the broker's answer is 200 with an empty or cut-off body: the value is an object that describes an error. A program that
# only awaits `generateSession` believes that it has logged in. And a dead session told within a 200 rejects without calling the expiry hook.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
npm init -y >/dev/null
npm install --no-audit --no-fund --ignore-scripts --loglevel=error kiteconnect@5.3.0 >/dev/null
cat >look.cjs <<'JS'
const { createServer } = require("node:http");
const { KiteConnect } = require("kiteconnect");

const dead = '{"status":"error","error_type":"TokenException","message":"invented"}';
const answers = {
  "200, empty": [200, ""],
  "200, cut off": [200, '{"status":"success","data":{"user_id":"AB12'],
  "200, TokenException": [200, dead],
  "403, TokenException": [403, dead],
};
const expected = { "200, empty": "resolves DataException, hook 0", "200, cut off": "resolves DataException, hook 0", "200, TokenException": "rejects TokenException, hook 0", "403, TokenException": "rejects TokenException, hook 1" };

(async () => {
  let changed = false;
  for (const [name, [status, body]] of Object.entries(answers)) {
    const server = createServer((_, response) => response.writeHead(status, { "content-type": "application/json" }).end(body));
    await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
    const kite = new KiteConnect({ api_key: "invented", root: `http://127.0.0.1:${server.address().port}` });
    let hook = 0;
    kite.setSessionExpiryHook(() => hook++);
    const told = await kite.getProfile().then((value) => `resolves ${value?.error_type}`, (error) => `rejects ${error?.error_type}`);
    const seen = `${told}, hook ${hook}`;
    console.log(`${name}: ${seen}`);
    changed ||= seen !== expected[name];
    server.closeAllConnections();
    server.close();
  }
  console.log(`kiteconnect 5.3.0, Node ${process.version}, ${new Date().toISOString().slice(0, 10)}`);
  console.log(changed ? "CHANGED" : "as found: an empty 200 resolves with an error in it");
  process.exitCode = changed ? 1 : 0;
})();
JS
node look.cjs
