import { fileURLToPath } from "node:url";
import { createContext, runInContext } from "node:vm";
import { createSandboxClock, startSandbox } from "@x/sandbox";
import { build, type Rolldown } from "vite";
import { expect, it } from "vitest";

/** What web standards give a program everywhere, and nothing of Node's own. */
const webStandards = {
  AbortController,
  AbortSignal,
  Blob,
  crypto,
  fetch,
  FormData,
  Headers,
  ReadableStream,
  Request,
  Response,
  TextDecoder,
  TextEncoder,
  TransformStream,
  URL,
  URLSearchParams,
  atob,
  btoa,
  clearTimeout,
  performance,
  queueMicrotask,
  setTimeout,
};

it("core and both adapters log in where there are web standards and neither Node's modules nor its globals", async () => {
  const code = await bundle(fileURLToPath(new URL("web-program.ts", import.meta.url)));
  expect(code).not.toMatch(/\brequire\(|from ?"node:/);
  // Ten seconds into a TOTP step: nothing has to be waited for.
  const clock = { now: () => Date.UTC(2031, 2, 3, 3, 30, 10, 500) };
  await using sandbox = await startSandbox({ clock: createSandboxClock(clock) });
  const context = createContext({ ...webStandards });
  expect(runInContext("[typeof process, typeof Buffer, typeof require, typeof global]", context)).toEqual(
    Array(4).fill("undefined"),
  );
  const { run } = runInContext(`${code}; program`, context) as {
    readonly run: (...values: unknown[]) => Promise<unknown>;
  };

  const result = await run(sandbox.nubra.accountInput("main"), sandbox.kotakNeo.accountInput("hedge"), { clock });

  expect(JSON.parse(JSON.stringify(result))).toEqual({
    outcomes: [
      ["main", true],
      ["hedge", true],
    ],
    answers: [200, 200],
  });
});

async function bundle(entry: string): Promise<string> {
  const built = await build({
    configFile: false,
    logLevel: "error",
    resolve: { conditions: ["@x/source", "module", "browser", "import", "default"] },
    build: {
      write: false,
      minify: false,
      target: "es2023",
      lib: { entry, formats: ["iife"], name: "program" },
      rolldownOptions: { output: { codeSplitting: false } },
    },
  });
  const [output] = (built as Rolldown.RolldownOutput[])[0]?.output ?? [];
  return output?.code ?? "";
}
