import { execFile } from "node:child_process";
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { promisify } from "node:util";
import { expect, onTestFinished, test } from "vitest";
import { loopbackServer } from "./testing/loopback-server.mjs";

const script = path.join(import.meta.dirname, "announce.mjs");

async function announce(answer) {
  const server = await loopbackServer(answer);
  onTestFinished(() => server[Symbol.asyncDispose]());
  const cwd = fs.mkdtempSync(path.join(os.tmpdir(), "broker-auth-announce-"));
  onTestFinished(() => fs.rmSync(cwd, { recursive: true, force: true }));
  fs.mkdirSync(path.join(cwd, "packages/core"), { recursive: true });
  fs.writeFileSync(path.join(cwd, "packages/core/package.json"), JSON.stringify({ name: "@x/core" }));
  fs.writeFileSync(path.join(cwd, "packages/core/CHANGELOG.md"), "# @x/core\n\n## 0.2.0\n\n- Two words.\n");
  const plan = [[{ kind: "publish", name: "@x/core", version: "0.2.0", access: "public", tag: "latest" }]];
  fs.writeFileSync(path.join(cwd, "publish-plan.json"), JSON.stringify({ version: 1, plan }));
  const env = {
    ...process.env,
    GITHUB_API_URL: server.url,
    GITHUB_REPOSITORY: "owner/name",
    GITHUB_SHA: "0123456789abcdef0123456789abcdef01234567",
    GITHUB_TOKEN: "invented",
  };
  const { stdout } = await promisify(execFile)(process.execPath, [script, "."], { cwd, env });
  return { stdout, arrived: server.arrived };
}

const refused = (code) => () => ({ status: 422, body: { errors: [{ code }] } });

test("makes one release for each version, on the commit it was made from", async () => {
  const { stdout, arrived } = await announce(() => ({ status: 201, body: {} }));
  expect(stdout).toBe("@x/core@0.2.0 is announced\n");
  expect(arrived.map(({ method, path: place, body }) => [method, place, JSON.parse(body)])).toEqual([
    [
      "POST",
      "/repos/owner/name/releases",
      {
        tag_name: "@x/core@0.2.0",
        target_commitish: "0123456789abcdef0123456789abcdef01234567",
        name: "@x/core@0.2.0",
        body: "- Two words.",
      },
    ],
  ]);
});

test("is content with a release that is there already, and fails on any other refusal", async () => {
  const { stdout } = await announce(refused("already_exists"));
  expect(stdout).toBe("@x/core@0.2.0 was announced before\n");
  await expect(announce(refused("invalid"))).rejects.toThrow("could not be announced (422)");
});
