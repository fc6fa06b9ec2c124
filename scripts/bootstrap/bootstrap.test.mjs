import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";

const bootstrap = fileURLToPath(new URL("../bootstrap.mjs", import.meta.url));

/** @param {string[]} args @param {Record<string, string>} env */
function run(args, env = {}) {
  // No tools can be fetched into this place: what is tested here needs none.
  const all = { ...process.env, BROKER_AUTH_TOOLS: "/dev/null/none", ...env };
  return new Promise((resolve) => {
    execFile(process.execPath, [bootstrap, ...args], { env: all }, (error, stdout, stderr) => {
      resolve({ code: error === null ? 0 : error.code, stdout, stderr });
    });
  });
}

describe("the bootstrap", () => {
  it.each(["--help", "-h", "help"])("prints its commands on stdout for %s", async (word) => {
    const { code, stdout, stderr } = await run([word]);
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    expect(stdout).toMatch(/^Usage: [^]*\n {2}run <command> /);
  });

  it.each([[["nonsense"]], [[]], [["run"]], [["exec"]]])(
    "prints them on stderr for %j, which it cannot do",
    async (args) => {
      const { code, stdout, stderr } = await run(args);
      expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
      expect(stderr).toMatch(/^Usage: /);
    },
  );

  it("says so when npm kept the demo's --once for itself", async () => {
    expect(await run(["start"], { npm_config_once: "true" })).toEqual({
      code: 2,
      stdout: "",
      stderr: "npm kept --once for itself, and the demo would run for ever: write npm start -- --once\n",
    });
  });
});
