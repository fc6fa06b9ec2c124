import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { Trial } from "./testing/trial.ts";

/** A text as it may appear: as it is, in base64 at each of its three offsets, in hex, and as a URL carries it. */
function spellings(value: string): string[] {
  const base64 = [0, 1, 2].map((offset) =>
    Buffer.from(`${"\0".repeat(offset)}${value}`)
      .toString("base64")
      .slice(offset === 0 ? 0 : offset + 1)
      .replace(/=+$/, "")
      .slice(0, -1),
  );
  return [value, ...base64, Buffer.from(value).toString("hex"), encodeURIComponent(value)];
}

it("no command prints a secret, a token or an identity, but headers and get, which are for it; nor does any file hold one in clear", async () => {
  const trial = await Trial.start();
  trial.configure({ main: [], hedge: [], sms: ["mpin"] }, { trading: "main" });
  const outputs: [args: string, text: string][] = [];
  const run = async (...args: string[]): Promise<void> => {
    const { out, err } = await trial.run(args);
    outputs.push([args.join(" "), out + err]);
  };
  await run("login", "--json");
  await run("login");
  for (const name of ["doctor", "status"]) await run(name);
  await run("status", "--json");
  await run("doctor", "--share");
  await run("doctor", "--json");
  await run("doctor", "--share", "--json");
  await run("config", "check");
  await run("config", "check", "--json");
  await run("complete", "--", "login", "");
  for (const name of [
    "init",
    "login",
    "status",
    "get",
    "headers",
    "curl",
    "exec",
    "logout",
    "unlock",
    "purge",
    "doctor",
    "config",
    "completion",
    "sandbox",
  ])
    await run("help", name);
  await run("exec", "main", "--", "true");
  await run("curl", "main", "/nowhere");
  const headers = Object.values(
    (JSON.parse((await trial.run(["headers", "main"])).out) as { headers: Record<string, string> }).headers,
  );
  const kotak = Object.values(
    (JSON.parse((await trial.run(["headers", "hedge"])).out) as { headers: Record<string, string> }).headers,
  );
  trial.sandbox.nubra.setScenario("main", { name: "echo-secrets" });
  await run("logout", "--all");
  await run("login");
  trial.sandbox.kotakNeo.setScenario("hedge", { name: "wrong-pin", times: 1 });
  await run("login", "hedge");
  await run("doctor");
  await run("status");
  await run("unlock", "hedge");
  await run("purge", "main", "--yes");

  const tokens = [...headers, ...kotak]
    .map((value) => value.replace(/^Bearer /, ""))
    .filter((value) => value.length > 12);
  const secrets = [
    "9000000001",
    "9000000002",
    "XY42Z",
    "1357",
    "246810",
    "2468",
    "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP",
    "KNEOSANDBOXACCOUNTHEDGESECRET234",
    "5a4db0c5-0000-4000-8000-000000000001",
    ...tokens,
  ];
  expect(tokens.length).toBeGreaterThan(2);
  // Four digits also occur in generations and clock times: as words of their own they do not.
  const leaks = outputs.flatMap(([args, text]) =>
    secrets
      .filter((secret) =>
        secret.length < 7
          ? new RegExp(`(?<![\\w:.])${secret}(?![\\w:.])`).test(text)
          : spellings(secret).some((one) => text.includes(one)),
      )
      .map((secret) => `${args}: ${secret}`),
  );
  expect(leaks).toEqual([]);
  expect(outputs.length).toBeGreaterThan(30);

  const configuration = join(trial.home, ".config");
  const files = readdirSync(trial.home, { recursive: true, withFileTypes: true }).filter(
    (entry) => entry.isFile() && !entry.parentPath.startsWith(configuration),
  );
  const clear = files.flatMap((entry) => {
    const text = readFileSync(join(entry.parentPath, entry.name)).toString("latin1");
    return secrets
      .filter((secret) => secret.length > 9 && spellings(secret).some((one) => text.includes(one)))
      .map(() => entry.name);
  });
  expect(clear).toEqual([]);
  expect(files.length).toBeGreaterThan(2);
}, 600_000);
