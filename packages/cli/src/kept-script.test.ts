import { execFileSync } from "node:child_process";
import { chmodSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { expect, it, onTestFinished } from "vitest";

const source = "(function (exports) { exports.double = function double(number) { return number * 2; };\n})";
const place = pathToFileURL(join(import.meta.dirname, "kept-script.ts")).href;

/** A script and a folder for its code. Each use is one in a process of its own, because V8 keeps what it has compiled in one. */
function openScript() {
  const folder = mkdtempSync(join(tmpdir(), "ba-kept-"));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const script = join(folder, "script.cjs");
  const write = (text: string): void => writeFileSync(script, text);
  const program = `
    import { KeptScript } from ${JSON.stringify(place)};
    import { Script } from "node:vm";
    let rejected;
    process.getBuiltinModule("node:vm").Script = class extends Script {
      constructor(source, options) {
        super(source, options);
        rejected = this.cachedDataRejected;
      }
    };
    const script = new KeptScript(...JSON.parse(process.argv[1]), "test");
    const said = script.exports.double(21);
    script.keep();
    console.log(JSON.stringify({ said, kept: rejected === false }));`;
  const use = (cache: string = folder): unknown => {
    const given = JSON.stringify([script, cache]);
    const args = ["--disable-warning=ExperimentalWarning", "--input-type=module", "-e", program, given];
    return JSON.parse(execFileSync(process.execPath, args, { encoding: "utf8" }));
  };
  write(source);
  const code = (): string => join(folder, readdirSync(folder).find((name) => name.endsWith(".code")) ?? "none");
  return { code, folder, script, use, write };
}

it("is compiled once, and its code is this user's alone", () => {
  const { code, use } = openScript();
  expect(use()).toEqual({ said: 42, kept: false });
  expect(statSync(code()).mode & 0o777).toBe(0o600);
  expect(use()).toEqual({ said: 42, kept: true });
});

it("is compiled anew where its text is another one, also of the same length", () => {
  const { use, write } = openScript();
  use();
  write(source.replace("* 2", "* 3"));
  expect(use()).toEqual({ said: 63, kept: false });
  expect(use()).toEqual({ said: 63, kept: true });
});

it("is compiled anew where what was kept is damaged anywhere, cut off or something else, and kept again", () => {
  const { code, use } = openScript();
  use();
  const whole = readFileSync(code());
  const flipped = (at: number): Buffer => {
    const bytes = Buffer.from(whole);
    bytes[at] = (bytes[at] ?? 0) ^ 16;
    return bytes;
  };
  const { length } = whole;
  const damages = [0, 20, 60, Math.floor(length / 3), Math.floor(length / 2), length - 1].map(flipped);
  for (const damage of [...damages, whole.subarray(0, -1), whole.subarray(0, 2), Buffer.alloc(length), Buffer.of()]) {
    writeFileSync(code(), damage);
    expect(use()).toEqual({ said: 42, kept: false });
    expect(use()).toEqual({ said: 42, kept: true });
  }
});

it("runs where no code can be kept, and where something else stands in its place", () => {
  const { code, folder, use } = openScript();
  expect(use(join(folder, "nowhere"))).toEqual({ said: 42, kept: false });
  use();
  const file = code();
  rmSync(file);
  execFileSync("mkfifo", [file]);
  expect(use()).toEqual({ said: 42, kept: false });
  expect(use()).toEqual({ said: 42, kept: true });
});

it.skipIf(process.platform === "win32")("is compiled anew where others may have written what was kept", () => {
  const { code, use } = openScript();
  use();
  for (const mode of [0o620, 0o602]) {
    chmodSync(code(), mode);
    expect(use()).toEqual({ said: 42, kept: false });
    expect(use()).toEqual({ said: 42, kept: true });
  }
});
