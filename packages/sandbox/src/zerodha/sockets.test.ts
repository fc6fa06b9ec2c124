import { once } from "node:events";
import { expect, test } from "vitest";
import { WebSocket } from "ws";
import { logIn, main, stoppedClock } from "./plain-client.ts";
import { type ZerodhaSandbox, startZerodhaSandbox } from "./sandbox.ts";
import type { ZerodhaSandboxOptions } from "./options.ts";

const start = (options: ZerodhaSandboxOptions = {}) => startZerodhaSandbox({ clock: stoppedClock(), ...options });

function open(sandbox: ZerodhaSandbox, token: string, path = "/"): WebSocket {
  const socket = new WebSocket(
    `${sandbox.url.replace("http", "ws")}${path}?api_key=${main.apiKey}&access_token=${token}`,
  );
  socket.on("error", () => socket.terminate());
  return socket;
}

async function statusOf(socket: WebSocket): Promise<number> {
  const [, response] = (await once(socket, "unexpected-response")) as [unknown, { statusCode: number }];
  socket.terminate();
  return response.statusCode;
}

test("a token in the address opens it, and a subscription is answered by a tick", async () => {
  await using sandbox = await start();
  const socket = open(sandbox, await logIn(sandbox));
  const [heartbeat] = (await once(socket, "message")) as [Buffer];
  expect(heartbeat).toHaveLength(1);
  socket.send(JSON.stringify({ a: "subscribe", v: [738_561] }));
  const [tick] = (await once(socket, "message")) as [Buffer];
  expect(tick.readInt32BE(4)).toBe(738_561);
  socket.send(JSON.stringify({ a: "mode", v: ["full", [738_561]] }));
  socket.send("not a command");
  const [said] = (await once(socket, "message")) as [Buffer];
  expect(said.toString()).toContain('"error"');
  expect(sandbox.journal.entries({ method: "FRAME" }).map(({ account, outcome }) => [account, outcome])).toEqual([
    ["main", "accepted"],
    ["main", "accepted"],
    ["main", "refused: no-command"],
  ]);
});

test("a dead token, a plan without it and another path are refused at the upgrade", async () => {
  await using sandbox = await start({
    accounts: [main, { ...main, name: "free", userId: "FR0001", plan: "personal" }],
  });
  const token = await logIn(sandbox);
  sandbox.masterLogout("main");
  expect(await statusOf(open(sandbox, token))).toBe(403);
  expect(await statusOf(open(sandbox, await logIn(sandbox, { ...main, name: "free" })))).toBe(403);
  expect(await statusOf(open(sandbox, await logIn(sandbox), "/quotes"))).toBe(404);
  expect(sandbox.journal.entries({ outcome: "refused" }).map(({ outcome }) => outcome)).toEqual([
    "refused: session-master-logout",
    "refused: no-permission",
    "refused: not-found",
  ]);
});

test("an app has three sockets at once", async () => {
  await using sandbox = await start();
  const token = await logIn(sandbox);
  const three = [open(sandbox, token), open(sandbox, token), open(sandbox, token)];
  await Promise.all(three.map((socket) => once(socket, "open")));
  expect(await statusOf(open(sandbox, token))).toBe(403);
  three[0]?.close();
  await once(three[0] as WebSocket, "close");
  const next = open(sandbox, token);
  await once(next, "open");
});
