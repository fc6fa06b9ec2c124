import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it, onTestFinished } from "vitest";
import { LoginRecord } from "./login-record.ts";

it("a record gathers no answer that is longer than any of a login, and waits for the end of none", async () => {
  const chunk = Buffer.alloc(65_536, 0x20);
  let sent = 0;
  const server = createServer((_, response) => {
    const write = (): void => {
      while (sent < 64 * 1_048_576) {
        sent += chunk.byteLength;
        if (!response.write(chunk)) return;
      }
    };
    response.on("drain", write);
    write();
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  const folder = mkdtempSync(join(tmpdir(), "broker-auth-record-"));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
    rmSync(folder, { recursive: true });
  });
  const record = new LoginRecord();
  const answer = await record.fetch(`http://127.0.0.1:${(server.address() as AddressInfo).port}/login`);
  await answer.body?.cancel();
  expect(await record.write(join(folder, "record.json"))).toMatch(/^no answer stands in /);
  expect(sent).toBeLessThan(32 * 1_048_576);
});
