#!/usr/bin/env bash
# kiteconnect calls its session expiry hook when a login is refused: a request token that was used twice, a wrong API secret. The session at hand lives on.
# A program that logs in anew in the hook starts a login for each refused login. The old session's Authorization header leaves with that login, too.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
npm init -y >/dev/null
npm install --no-audit --no-fund --ignore-scripts --loglevel=error kiteconnect@5.3.0 >/dev/null
cat >look.cjs <<'JS'
const { createServer } = require("node:http");
const { KiteConnect } = require("kiteconnect");

const seen = [];
const server = createServer((request, response) => {
  seen.push(`${request.method} ${request.url} ${request.headers.authorization ?? "without a header"}`);
  const refused = request.method === "POST";
  const body = refused
    ? { status: "error", error_type: "TokenException", message: "Token is invalid or has expired.", data: null }
    : { status: "success", data: { user_id: "AB1234" } };
  response.writeHead(refused ? 403 : 200, { "content-type": "application/json" }).end(JSON.stringify(body));
});

server.listen(0, "127.0.0.1", async () => {
  const kite = new KiteConnect({ api_key: "invented", root: `http://127.0.0.1:${server.address().port}`, access_token: "living" });
  let hook = 0;
  kite.setSessionExpiryHook(() => hook++);
  const login = await kite.generateSession("used-request-token", "invented-secret").then(() => "resolves", (error) => `rejects ${error.error_type}`);
  const profile = await kite.getProfile().then(({ user_id }) => user_id, (error) => error.error_type);
  server.close();
  server.closeAllConnections();
  const told = `login ${login}, hook ${hook}, profile ${profile}, sent ${seen[0]}`;
  console.log(told);
  const expected = "login rejects TokenException, hook 1, profile AB1234, sent POST /session/token token invented:living";
  console.log(`kiteconnect 5.3.0, Node ${process.version}, ${new Date().toISOString().slice(0, 10)}`);
  console.log(told === expected ? "as found: the hook says that a session ended, and it lives" : "CHANGED");
  process.exitCode = told === expected ? 0 : 1;
});
JS
node look.cjs
