import { once } from "node:events";
import { describe, expect, test } from "vitest";
import { WebSocket } from "ws";
import { get, login, send, startStill } from "./bare-client.ts";
import type { NubraSandbox } from "./nubra-sandbox.ts";

async function open(url: string, headers: Record<string, string> = {}): Promise<WebSocket> {
  const socket = new WebSocket(url, { headers });
  await once(socket, "open");
  return socket;
}

async function ask(socket: WebSocket, command: string): Promise<string> {
  socket.send(command);
  const [data] = (await once(socket, "message")) as [Buffer];
  return data.toString();
}

async function addresses(nubra: NubraSandbox, session: string): Promise<readonly [market: string, order: string]> {
  const { env_info } = (await get(nubra, "/userinfo", session)).json as {
    env_info: { market_ws_url: string; user_ws_url: string };
  };
  return [env_info.market_ws_url, env_info.user_ws_url];
}

describe.each([
  ["market", 0, "market-socket"],
  ["order", 1, "order-socket"],
] as const)("the %s socket", (_name, index, listener) => {
  test("opens without headers and takes a command that carries the session token", async () => {
    await using nubra = await startStill();
    const { session } = await login(nubra);
    const socket = await open((await addresses(nubra, session))[index]);
    const command = `subscribe ${session} index {"indexes":["INVENTED"]}`;
    expect(JSON.parse(await ask(socket, command))).toEqual({ status: "ok", command: "subscribe" });
    expect(nubra.journal.entries({ method: "FRAME" })).toMatchObject([
      { listener, account: "main", outcome: "accepted", body: command },
    ]);
    socket.close();
  });

  test("opens with the session headers as well", async () => {
    await using nubra = await startStill();
    const { session } = await login(nubra);
    const socket = await open((await addresses(nubra, session))[index], {
      authorization: `Bearer ${session}`,
      "x-device-id": "TS123",
    });
    expect(await ask(socket, `subscribe ${session}`)).toContain("ok");
    socket.close();
  });

  test("answers a token that opens nothing with the text `Invalid Token` and stays open", async () => {
    await using nubra = await startStill();
    const old = await login(nubra);
    const live = await login(nubra);
    const socket = await open((await addresses(nubra, live.session))[index]);
    for (const token of ["made-up", old.session, live.authToken])
      expect(await ask(socket, `subscribe ${token}`)).toBe("Invalid Token");
    expect(await ask(socket, "subscribe")).toBe("Invalid Token");
    expect(await ask(socket, `subscribe ${live.session}`)).toContain("ok");
    expect(nubra.journal.entries({ method: "FRAME" }).map(({ outcome }) => outcome)).toEqual([
      "refused: unknown-session",
      "refused: session-replaced",
      "refused: unknown-session",
      "refused: unknown-session",
      "accepted",
    ]);
    socket.close();
  });
});

test("a session that runs out is refused at the next command", async () => {
  await using nubra = await startStill();
  const { session } = await login(nubra);
  const [market] = await addresses(nubra, session);
  const socket = await open(market);
  nubra.otherDeviceLogin("main");
  expect(await ask(socket, `subscribe ${session}`)).toBe("Invalid Token");
  socket.close();
});

test("a handshake elsewhere is a 404, a plain request to a socket's path as well", async () => {
  await using nubra = await startStill();
  const socket = new WebSocket(`${nubra.url.replace("http", "ws")}/socket`);
  const [error] = (await once(socket, "error")) as [Error];
  expect(error.message).toContain("404");
  expect((await send(nubra, "GET", "/ws")).status).toBe(404);
});

test("handshakes are journalled", async () => {
  await using nubra = await startStill();
  const socket = await open(`${nubra.url.replace("http", "ws")}/ws`);
  expect(nubra.journal.entries()).toMatchObject([
    { method: "GET", path: "/ws", step: "order-socket", outcome: "accepted", status: 101 },
  ]);
  socket.close();
});

test("closing the sandbox ends open sockets", async () => {
  const nubra = await startStill();
  const socket = await open(`${nubra.url.replace("http", "ws")}/ws`);
  const ended = once(socket, "close");
  await nubra.close();
  await ended;
  expect(socket.readyState).toBe(WebSocket.CLOSED);
});
