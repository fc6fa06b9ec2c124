import { once } from "node:events";
import { describe, expect, test } from "vitest";
import { WebSocket } from "ws";
import { get, login, send, startStill } from "./plain-client.ts";
import type { NubraSandbox } from "./sandbox.ts";

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
  ["market", 0, "market-socket", (token: string) => `batch_subscribe ${token} index {"indexes":["INVENTED"]} NSE`],
  ["order", 1, "order-socket", (token: string) => `subscribe ${token} notifications notification`],
] as const)("the %s socket", (_name, index, listener, commandWith) => {
  test("opens without headers and takes a command that carries the session token", async () => {
    await using nubra = await startStill();
    const { session } = await login(nubra);
    const socket = await open((await addresses(nubra, session))[index]);
    const command = commandWith(session);
    expect(JSON.parse(await ask(socket, command))).toEqual({ status: "ok", command: command.split(" ")[0] });
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
    expect(await ask(socket, commandWith(session))).toContain("ok");
    socket.close();
  });

  test("answers a token that opens nothing with the text `Invalid Token` and stays open", async () => {
    await using nubra = await startStill();
    const old = await login(nubra);
    const live = await login(nubra);
    const socket = await open((await addresses(nubra, live.session))[index]);
    for (const token of ["made-up", old.session, live.authToken])
      expect(await ask(socket, commandWith(token))).toBe("Invalid Token");
    expect(await ask(socket, commandWith(live.session))).toContain("ok");
    expect(nubra.journal.entries({ method: "FRAME" }).map(({ outcome }) => outcome)).toEqual([
      "refused: unknown-session",
      "refused: session-replaced",
      "refused: unknown-session",
      "accepted",
    ]);
    socket.close();
  });

  test("takes no other text, even if it holds a live token", async () => {
    await using nubra = await startStill();
    const { session } = await login(nubra);
    const socket = await open((await addresses(nubra, session))[index]);
    for (const text of [
      session,
      `hello ${session}`,
      `subscribe ${session}`,
      `subscribe ${session} index {"indexes":["INVENTED"]}`,
      `subscribe ${session} notifications`,
      `batch_subscribe ${session}`,
      `batch_subscribe ${session} index`,
      `batch_subscribe ${session} index {"indexes": ["INVENTED"]} NSE`,
      `batch_subscribe ${session} index {"indexes":"INVENTED"} NSE`,
      `batch_subscribe ${session} index {} NSE`,
      `batch_subscribe ${session} news {"indexes":["INVENTED"]} NSE`,
      `batch_subscribe index {"indexes":["INVENTED"]} ${session}`,
      JSON.stringify({ token: session }),
      "",
    ]) {
      expect([text, await ask(socket, text)]).toEqual([text, "Invalid Command"]);
    }
    expect(new Set(nubra.journal.entries({ method: "FRAME" }).map(({ outcome }) => outcome))).toEqual(
      new Set(["refused: no-command"]),
    );
    socket.close();
  });
});

test("the market socket takes the commands of the public clients for every channel, and the settings of a connection", async () => {
  await using nubra = await startStill();
  const { session } = await login(nubra);
  const socket = await open((await addresses(nubra, session))[0]);
  for (const command of [
    "socket_interval index 5s",
    "post_market true",
    "orderbook_depth 5",
    `batch_subscribe ${session} index {"instruments":[],"indexes":[]} NSE`,
    `batch_subscribe ${session} index_bucket {"indexes":["INVENTED"]} 5m NSE`,
    `batch_subscribe ${session} orderbook {"instruments":[1120031]}`,
    `batch_subscribe ${session} greeks {"instruments":[1120031],"indexes":[]}`,
    `batch_subscribe ${session} option [{"exchange":"NSE","asset":"INVENTED","expiry":"20310327"}]`,
    `batch_unsubscribe ${session} index {"indexes":["INVENTED"]} NSE`,
  ])
    expect([command, await ask(socket, command)]).toEqual([
      command,
      JSON.stringify({ status: "ok", command: command.split(" ")[0] }),
    ]);
  socket.close();
});

test("a session that runs out is refused at the next command", async () => {
  await using nubra = await startStill();
  const { session } = await login(nubra);
  const [, orders] = await addresses(nubra, session);
  const socket = await open(orders);
  nubra.otherDeviceLogin("main");
  expect(await ask(socket, `subscribe ${session} notifications notification`)).toBe("Invalid Token");
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
