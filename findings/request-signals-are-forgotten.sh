#!/usr/bin/env bash
# The signal of a Request ends nothing any more once the Request was collected: fetch(new Request(url, { signal })) whose body hangs hangs for ever,
# while fetch(url, { signal }) ends. Keeping the Request together with the answer is not enough, because the answer is collected as well while its
# body is read: it has to be kept under the body.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
npm init -y >/dev/null
npm install --no-audit --no-fund --ignore-scripts --loglevel=error undici@7.29.1 >/dev/null
cat >look.mjs <<'JS'
import { createServer } from "node:http";
import { fetch, Request } from "undici";

const server = createServer((_, response) => void response.writeHead(200).write("{"));
await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
const url = `http://127.0.0.1:${server.address().port}/`;
const kept = new WeakMap();
const ways = {
  "fetch(url, { signal })": (signal) => fetch(url, { signal }),
  "fetch(new Request(url, { signal }))": (signal) => fetch(new Request(url, { signal })),
  "the Request kept under the answer": async (signal) => {
    const request = new Request(url, { signal });
    const answer = await fetch(request);
    kept.set(answer, request);
    return answer;
  },
  "the Request kept under the body": async (signal) => {
    const request = new Request(url, { signal });
    const answer = await fetch(request);
    kept.set(answer.body, request);
    return answer;
  },
};

async function read(way) {
  const reader = (await way(AbortSignal.timeout(400))).body.getReader();
  while (!(await reader.read()).done);
}

const seen = {};
for (const [name, way] of Object.entries(ways)) {
  const collecting = setInterval(globalThis.gc, 20);
  const late = new Promise((resolve) => setTimeout(resolve, 4_000, "hangs"));
  seen[name] = await Promise.race([read(way).catch(() => "ends"), late]);
  clearInterval(collecting);
  console.log(`${name}: ${seen[name]}`);
}
const expected = ["ends", "hangs", "hangs", "ends"];
const same = Object.values(seen).join() === expected.join();
console.log(`undici 7.29.1, Node ${process.version}, ${new Date().toISOString().slice(0, 10)}`, same ? "as found" : "CHANGED");
process.exit(same ? 0 : 1);
JS
node --expose-gc look.mjs
