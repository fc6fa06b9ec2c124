import { existsSync } from "node:fs";
import { type Browser, chromium } from "playwright-core";
import { afterAll } from "vitest";

const executablePath = process.env["CHROMIUM"] ?? "/usr/bin/chromium";

/** Whether tests in a browser are skipped: on a person's machine without one. Where one is promised its absence fails. */
export const noChromium: boolean = !existsSync(executablePath) && process.env["CI"] !== "true";

if (noChromium) {
  console.warn(
    `skipped: all tests in a browser; there is no Chromium at ${executablePath}: install Debian's package chromium, or set CHROMIUM to the path of one`,
  );
}

/** Debian's Chromium, or the one that CHROMIUM names, for the tests of the describe block around it. Launched by the first that asks. */
export function useChromium(): () => Promise<Browser> {
  let launched: Promise<Browser> | undefined;
  afterAll(async () => {
    await (await launched?.catch(() => undefined))?.close();
  });
  return async () =>
    (launched ??= chromium.launch({
      executablePath,
      args: [
        "--no-sandbox",
        "--disable-gpu",
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-sync",
      ],
    }));
}
