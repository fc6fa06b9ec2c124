import { spawn } from "node:child_process";
import { once } from "node:events";
import { expect, test } from "vitest";
import { runInForeground, runTool } from "./child.mjs";

const node = process.execPath;
const here = { env: process.env, cwd: process.cwd() };

/** A process that runs `program` in the foreground, as the bootstrap does; the test sends signals to the outer one. */
function launcher(program) {
  const module = JSON.stringify(new URL("child.mjs", import.meta.url).href);
  const source = `import { runInForeground } from ${module};
    const args = ["--eval", ${JSON.stringify(program)}];
    process.exitCode = await runInForeground(process.execPath, args, { env: process.env });`;
  return spawn(node, ["--input-type=module", "--eval", source], { stdio: ["ignore", "pipe", "pipe"] });
}

test("passes the exit code on", async () => {
  expect(await runInForeground(node, ["--eval", "process.exit(7)"], here)).toBe(7);
});

test("tells in one sentence that a program is not there", async () => {
  await expect(runInForeground("no-such-program", [], here)).rejects.toThrow(
    "no-such-program could not be started (ENOENT).",
  );
});

test("answers with a tool's output and gives it no input", async () => {
  const program = "process.stdin.on('end', () => console.log('no more input')).resume()";
  expect(await runTool(node, ["--eval", program], { ...here, sentence: "unused" })).toBe("no more input\n");
});

test("keeps what a failed tool printed beside the sentence, not in it", async () => {
  const program = "console.log('out'); console.error('err'); process.exit(1)";
  const failure = runTool(node, ["--eval", program], { ...here, sentence: "It could not be fetched." });
  await expect(failure).rejects.toMatchObject({
    message: "It could not be fetched.",
    output: expect.stringMatching(/out[^]*err|err[^]*out/),
    exitCode: 1,
  });
});

test.skipIf(process.platform === "win32").for(["SIGINT", "SIGTERM"])(
  "sends %s on and waits until the program has finished",
  async (signal) => {
    const program = `process.on("${signal}", () => setTimeout(() => { console.log("finished"); process.exit(7); }, 50));
      setInterval(() => {}, 1000); console.log("ready");`;
    const outer = launcher(program);
    let output = "";
    outer.stdout.setEncoding("utf8").on("data", (chunk) => {
      output += chunk;
      if (chunk.includes("ready")) outer.kill(signal);
    });
    expect(await once(outer, "close")).toEqual([7, null]);
    expect(output).toBe("ready\nfinished\n");
  },
);

test.skipIf(process.platform === "win32")("a program that a signal ended counts as 128 + its number", async () => {
  const outer = launcher("process.kill(process.pid, 'SIGKILL')");
  expect(await once(outer, "close")).toEqual([137, null]);
});
