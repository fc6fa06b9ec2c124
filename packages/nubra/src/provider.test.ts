import { execFileSync } from "node:child_process";
import { expect, it } from "vitest";

it("loads neither the schema library nor the HTTP library before something is sent", () => {
  const program = `
    import { registerHooks } from "node:module";
    const loaded = [];
    registerHooks({ resolve(specifier, client, next) { loaded.push(specifier); return next(specifier, client); } });
    const { nubra } = await import(${JSON.stringify(new URL("index.ts", import.meta.url).href)});
    const provider = nubra({ extraHeaders: { "x-app-version": "0.4.5" } });
    const credentials = provider.parseCredentials({ phone: "9000000001", mpin: "1357", totpSecret: "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP" });
    provider.identify(credentials);
    const tokens = provider.tokens.decode({ sessionToken: "t" }, provider.tokens.version);
    const session = { tokens, issuedAt: 0, expiresAt: 1, deviceId: tokens.sessionToken };
    provider.authorize(session, credentials, { path: "/" });
    provider.classify({ method: "GET", path: "/", status: 200, header: () => undefined }, session, 0);
    console.log(JSON.stringify(loaded.filter((each) => !each.startsWith(".") && !each.startsWith("file:") && !each.startsWith("node:"))));
  `;
  const args = ["--conditions=@x/source", "--no-warnings", "--input-type=module", "--eval", program];
  const loaded = JSON.parse(execFileSync(process.execPath, args, { encoding: "utf8", env: {} })) as string[];
  expect([...new Set(loaded)]).toEqual(["@x/core/adapter"]);
});
