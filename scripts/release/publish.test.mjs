import { execFile, execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { promisify } from "node:util";
import { expect, onTestFinished, test } from "vitest";
import { loopbackServer } from "./testing/loopback-server.mjs";

const script = path.join(import.meta.dirname, "publish.mjs");

/** A registry as far as npm publish and npm view need one. */
async function openRegistry() {
  const packages = new Map();
  const server = await loopbackServer(({ method, path: place, body }) => {
    const name = place.slice(1);
    if (method === "GET") return packages.has(name) ? { status: 200, body: packages.get(name) } : missing;
    const sent = JSON.parse(body);
    const versions = { ...packages.get(name)?.versions, ...sent.versions };
    packages.set(name, { name, "dist-tags": sent["dist-tags"], versions });
    return { status: 201, body: { ok: true } };
  });
  onTestFinished(() => server[Symbol.asyncDispose]());
  return { ...server, packages, uploads: () => server.arrived.filter(({ method }) => method === "PUT").length };
}

const missing = { status: 404, body: { error: "not found" } };

/** Two packed packages with their plan, and the npm of somebody who may publish them. */
function packedRelease(registry) {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), "broker-auth-publish-"));
  onTestFinished(() => fs.rmSync(folder, { recursive: true, force: true }));
  fs.mkdirSync(path.join(folder, "packages"));
  fs.writeFileSync(path.join(folder, "npmrc"), `//${new URL(registry.url).host}/:_authToken=invented\n`);
  const env = {
    ...Object.fromEntries(Object.entries(process.env).filter(([name]) => !/^npm_/i.test(name))),
    npm_config_registry: registry.url,
    npm_config_userconfig: path.join(folder, "npmrc"),
    npm_config_cache: path.join(folder, "cache"),
    npm_config_update_notifier: "false",
  };
  const releases = ["first", "second"].map((name) => pack(folder, `@invented/${name}`, env));
  fs.writeFileSync(path.join(folder, "publish-plan.json"), JSON.stringify({ version: 1, plan: [releases] }));
  return { folder, publish: () => promisify(execFile)(process.execPath, [script, folder], { env }) };
}

function pack(folder, name, env) {
  const source = fs.mkdtempSync(path.join(folder, "source-"));
  const scripts = { prepublishOnly: "exit 3", publish: "exit 3" };
  fs.writeFileSync(path.join(source, "package.json"), JSON.stringify({ name, version: "1.0.0", scripts }));
  const args = ["pack", "--json", "--pack-destination", path.join(folder, "packages")];
  execFileSync("npm", args, { cwd: source, env, stdio: ["ignore", "pipe", "pipe"] });
  const file = `packages/${name.replace(/^@/, "").replace("/", "-")}-1.0.0.tgz`;
  const digest = createHash("sha256").update(fs.readFileSync(path.join(folder, file)));
  const tarball = { path: file, integrity: `sha256-${digest.digest("base64")}` };
  return { kind: "publish", name, version: "1.0.0", access: "public", tag: "latest", tarball };
}

test("publishes each tarball once, however often the job is repeated", async () => {
  const registry = await openRegistry();
  const { publish } = packedRelease(registry);
  const first = await publish();
  expect(first.stdout).toBe("@invented/first@1.0.0 is published\n@invented/second@1.0.0 is published\n");
  expect([...registry.packages.keys()]).toEqual(["@invented/first", "@invented/second"]);
  registry.packages.delete("@invented/second");
  const second = await publish();
  expect(second.stdout).toBe("@invented/first@1.0.0 was published before\n@invented/second@1.0.0 is published\n");
  expect(registry.uploads()).toBe(3);
}, 60_000);

test("publishes nothing when one version is there with other contents", async () => {
  const registry = await openRegistry();
  const { publish } = packedRelease(registry);
  const dist = { integrity: "sha512-b3RoZXI=", tarball: `${registry.url}/second.tgz` };
  const versions = { "1.0.0": { name: "@invented/second", version: "1.0.0", dist } };
  registry.packages.set("@invented/second", {
    name: "@invented/second",
    "dist-tags": { latest: "1.0.0" },
    versions,
  });
  await expect(publish()).rejects.toThrow("@invented/second@1.0.0 is published already, and not what was packed");
  expect(registry.uploads()).toBe(0);
}, 60_000);

test("publishes nothing when a tarball was changed after it was packed", async () => {
  const registry = await openRegistry();
  const { folder, publish } = packedRelease(registry);
  fs.appendFileSync(path.join(folder, "packages/invented-second-1.0.0.tgz"), "more");
  await expect(publish()).rejects.toThrow("packages/invented-second-1.0.0.tgz is not what was packed");
  expect(registry.arrived).toEqual([]);
}, 60_000);
