import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { once } from "node:events";
import { type AddressInfo, createServer } from "node:net";
import { join } from "node:path";
import { describe, expect, it, onTestFinished, vi } from "vitest";
import { Screen } from "../testing/screen.ts";
import { isInstalled, Trial } from "../testing/trial.ts";

const terminal = isInstalled("tmux");

/** A port that is free, or one that is taken for the length of the test. */
async function port(taken: boolean): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port: found } = server.address() as AddressInfo;
  if (taken) onTestFinished(() => void server.close());
  else await new Promise((resolve) => server.close(resolve));
  return found;
}

/** A trial with an account at a broker with a login page, and a browser that keeps the address it is told to open, or refuses. */
async function start({ browser, taken = false }: { readonly browser: boolean; readonly taken?: boolean }) {
  const trial = await Trial.start();
  trial.write({ accounts: { kite: trial.redirectAccount() } });
  const redirectUrl = `http://127.0.0.1:${await port(taken)}/callback`;
  trial.sandbox.zerodha.setRedirectUrl("main", redirectUrl);
  const bin = join(trial.home, "bin");
  mkdirSync(bin);
  const opened = join(trial.home, "opened");
  for (const name of ["xdg-open", "open"])
    writeFileSync(join(bin, name), `#!/bin/sh\n${browser ? `printf %s "$1" > ${opened}` : "exit 3"}\n`, {
      mode: 0o755,
    });
  Object.assign(trial.env, { PATH: `${bin}:${trial.env["PATH"]}` });
  return { trial, redirectUrl, opened };
}

function urlIn(text: string): string {
  const [found] = /http:\/\/127\.0\.0\.1:\d+\/connect\/login\?\S+/.exec(text) ?? [];
  if (found === undefined) throw new Error(`no address in ${text}`);
  return found;
}

describe("a login that leads through the broker's page", { timeout: 240_000 }, () => {
  it.skipIf(!terminal)("opens the browser, and goes on when it comes back to this machine", async () => {
    const { trial, redirectUrl, opened } = await start({ browser: true });
    const screen = new Screen(trial, ["login", "--redirect-url", redirectUrl], { columns: 200 });
    await vi.waitFor(() => expect(existsSync(opened)).toBe(true), { timeout: 60_000 });
    await screen.shows(/It goes on by itself here/);
    const back = await trial.logInAtPage(readFileSync(opened, "utf8"));
    expect(back.startsWith(redirectUrl)).toBe(true);
    expect(await (await fetch(back)).text()).toMatch(/You can close this page/);
    const seen = await screen.shows(/\[ended \d+\]/);
    expect(seen).toMatch(/✓ kite: logged in at zerodha until .* IST/);
    expect(seen).not.toContain(new URL(back).searchParams.get("request_token"));
  });

  it.skipIf(!terminal).each([
    ["no browser can be opened", false],
    ["the port of the redirect address is taken", true],
  ])("where %s, the address that the page led to is pasted", async (_, taken) => {
    const { trial, redirectUrl } = await start({ browser: false, taken });
    const screen = new Screen(trial, ["login", "kite", "--redirect-url", redirectUrl], { columns: 200 });
    const url = urlIn(await screen.shows(/\/connect\/login\?[\s\S]*paste the address/));
    await screen.paste(await trial.logInAtPage(url));
    await screen.press("Enter");
    expect(await screen.shows(/\[ended \d+\]/)).toMatch(/✓ kite: logged in at zerodha[\s\S]*\[ended 0\]/);
  });

  it("--stdin tells the address first, and takes the one that the page led to; one of another login is refused unsent", async () => {
    const { trial, redirectUrl } = await start({ browser: false });
    const attempt = async (change: (address: string) => string) => {
      const child = trial.start(["login", "--stdin", "--redirect-url", redirectUrl]);
      let err = "";
      let out = "";
      child.stderr?.on("data", (chunk) => (err += String(chunk)));
      child.stdout?.on("data", (chunk) => (out += String(chunk)));
      await vi.waitFor(() => expect(err).toMatch(/Log in at \S+\n/), { timeout: 60_000 });
      child.stdin?.end(`${change(await trial.logInAtPage(urlIn(err)))}\n`);
      const [code] = (await once(child, "close")) as [number];
      return { code, out, err };
    };
    const foreign = await attempt((address) => address.replace(/state=[^&]+/, "state=another"));
    expect(foreign.code).not.toBe(0);
    expect(trial.sandbox.journal.count({ step: "session-token" })).toBe(0);
    const right = await attempt((address) => address);
    expect([right.code, right.out]).toEqual([0, expect.stringMatching(/^✓ kite: logged in at zerodha/)]);
    expect(trial.sandbox.journal.count({ step: "session-token" })).toBe(1);
  });

  it("without a terminal asks nothing: exit code 3, and no page was looked at", async () => {
    const { trial } = await start({ browser: false });
    const { code, err } = await trial.run(["login"]);
    expect([code, err]).toEqual([3, expect.stringMatching(/kite: /)]);
    expect(trial.sandbox.journal.count()).toBe(0);
  });
});
