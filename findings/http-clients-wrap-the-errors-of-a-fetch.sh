#!/usr/bin/env bash
# What becomes of an error that a program's own fetch throws, in three clients that take one. ky hands it on as it is. ofetch wraps it: name and code
# are gone, the error is under `cause`. axios wraps it too and copies its name and code onto the wrapper, so that `error.name` says one class and
# `instanceof` another; the original is under `cause`. A guard has to look at `error.cause` as well.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
npm init -y >/dev/null
npm install --no-audit --no-fund --ignore-scripts --loglevel=error axios@1.21.1 ofetch@1.5.1 ky@2.1.0 >/dev/null
cat >look.mjs <<'JS'
import axios, { AxiosError } from "axios";
import ky from "ky";
import { createFetch } from "ofetch";

class Refused extends Error {
  name = "Refused";
  code = "login_blocked";
}
const fetch = async () => {
  throw new Refused("nothing was sent");
};
const url = "http://127.0.0.1:9/";
const look = (error) => ({
  class: error instanceof Refused ? "Refused" : error instanceof AxiosError ? "AxiosError" : error.constructor.name,
  name: error.name,
  code: error.code,
  cause: error.cause instanceof Refused,
});
const seen = {
  ky: await ky(url, { fetch, retry: 0 }).then(() => null, look),
  ofetch: await createFetch({ fetch })(url, { retry: 0 }).then(() => null, look),
  axios: await axios.get(url, { adapter: "fetch", env: { fetch } }).then(() => null, look),
};
for (const [client, facts] of Object.entries(seen)) console.log(client, JSON.stringify(facts));
const expected = {
  ky: { class: "Refused", name: "Refused", code: "login_blocked", cause: false },
  ofetch: { class: "FetchError", name: "FetchError", code: undefined, cause: true },
  axios: { class: "AxiosError", name: "Refused", code: "login_blocked", cause: true },
};
const same = JSON.stringify(seen) === JSON.stringify(expected);
console.log(`ky 2.1.0, ofetch 1.5.1, axios 1.21.1, Node ${process.version}, ${new Date().toISOString().slice(0, 10)}`);
console.log(same ? "as found" : "CHANGED");
process.exitCode = same ? 0 : 1;
JS
node look.mjs
