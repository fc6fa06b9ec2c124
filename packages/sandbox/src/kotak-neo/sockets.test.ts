import { describe, expect, test } from "vitest";
import { WebSocket } from "ws";
import { type JsonObject, parseJson } from "../json.ts";
import { type KotakNeoSandbox, startKotakNeoSandbox } from "./sandbox.ts";
import { hedge, logIn, sendLogin, spare, stoppedClock, text } from "./plain-client.ts";

const start = (): Promise<KotakNeoSandbox> => startKotakNeoSandbox({ clock: stoppedClock() });

const OK = { ak: "ok", type: "cn", task: "cn", msg: "connected" };
const REFUSED = { ak: "nk", type: "cn", task: "cn", msg: "Authentication Failed" };

interface Talk {
  readonly frames: unknown[];
  /** The close code; undefined if the feed kept the socket open. */
  readonly closed: number | undefined;
}

/** Opens a feed, says one thing, and listens until there were so many frames and, if it comes to that, the close. */
function talk(
  url: unknown,
  said: string,
  expected: number,
  closes: boolean,
  headers: Record<string, string> = {},
): Promise<Talk> {
  return new Promise((resolve, reject) => {
    const socket = new WebSocket(text(url).replace(/^http/, "ws"), { headers });
    const frames: unknown[] = [];
    socket.on("open", () => socket.send(said));
    socket.on("error", reject);
    socket.on("message", (data: Buffer) => {
      frames.push(parseJson(data.toString("utf8")));
      if (closes || frames.length < expected) return;
      resolve({ frames, closed: undefined });
      socket.terminate();
    });
    socket.on("close", (closed) => resolve({ frames, closed }));
  });
}

const orderFrame = (session: JsonObject, more: JsonObject = {}): string =>
  JSON.stringify({ type: "cn", Authorization: session["token"], Sid: session["sid"], source: "WEB", ...more });

const marketFrame = (session: JsonObject, more: JsonObject = {}): string =>
  JSON.stringify({
    user: hedge.ucc,
    auth: session["sid"],
    format: "native_batch",
    source: "NEOTRADEAPI",
    sdk_version: 1.1,
    ...more,
  });

describe("order feed", () => {
  test("accepts the trade token and sid in the first frame, and takes heartbeats afterwards", async () => {
    await using sandbox = await start();
    const session = await logIn(sandbox);
    expect(await talk(session["rtUrl"], orderFrame(session), 1, false)).toEqual({ frames: [OK], closed: undefined });
    const socket = new WebSocket(text(session["rtUrl"]).replace(/^http/, "ws"));
    await new Promise((resolve) => socket.on("open", resolve));
    socket.send(orderFrame(session));
    socket.send(JSON.stringify({ type: "hb" }));
    const frames = await sandbox.journal.until({ step: "order-feed", method: "FRAME", outcome: "accepted" }, 3);
    expect(frames[2]).toMatchObject({ listener: "trading", path: "/realtime", body: { type: "hb" } });
    expect(socket.readyState).toBe(WebSocket.OPEN);
    socket.terminate();
  });

  test("takes the unquoted text of the documents too, and notes it", async () => {
    await using sandbox = await start();
    const session = await logIn(sandbox);
    const frame = `{type:cn,Authorization:${text(session["token"])},Sid:${text(session["sid"])},src:WEB}`;
    expect((await talk(session["rtUrl"], frame, 1, false)).frames).toEqual([OK]);
    expect(sandbox.journal.entries({ method: "FRAME" })[0]?.notes).toEqual(["an unquoted first frame"]);
  });

  test("refuses a view pair, a mixed pair, a dead session and a foreign frame, and closes", async () => {
    await using sandbox = await start();
    const view = (await sendLogin(sandbox)).data;
    const [session, other] = [await logIn(sandbox), await logIn(sandbox)];
    const rtUrl = session["rtUrl"];
    const refused = { frames: [REFUSED], closed: 1000 };
    expect(await talk(rtUrl, orderFrame(view), 1, true)).toEqual(refused);
    expect(await talk(rtUrl, orderFrame({ token: session["token"], sid: other["sid"] }), 1, true)).toEqual(refused);
    expect(await talk(rtUrl, orderFrame(session, { type: "CONNECTION" }), 1, true)).toEqual(refused);
    expect(await talk(rtUrl, orderFrame(session, { source: "MOBILE" }), 1, true)).toEqual(refused);
    expect(await talk(rtUrl, "hello", 1, true)).toEqual(refused);
    sandbox.setScenario("*", { name: "midnight" });
    expect(await talk(rtUrl, orderFrame(session), 1, true)).toEqual(refused);
    const outcomes = sandbox.journal.entries({ method: "FRAME" }).map(({ outcome }) => outcome);
    expect(outcomes).toEqual([
      "refused: view-token",
      "refused: mixed-pair",
      "refused: body",
      "refused: body",
      "refused: body",
      "refused: session-midnight",
    ]);
  });

  test("a session can end at its next frame", async () => {
    await using sandbox = await start();
    const session = await logIn(sandbox);
    sandbox.setScenario("hedge", { name: "session-expired", step: "order-feed", times: 1 });
    expect((await talk(session["rtUrl"], orderFrame(session), 1, true)).frames).toEqual([REFUSED]);
    const fresh = await logIn(sandbox);
    expect((await talk(fresh["rtUrl"], orderFrame(fresh), 1, false)).frames).toEqual([OK]);
  });

  test("tokens in the headers of the upgrade are noted and open nothing", async () => {
    await using sandbox = await start();
    const session = await logIn(sandbox);
    const headers = { auth: text(session["token"]), sid: text(session["sid"]) };
    expect((await talk(session["rtUrl"], "{}", 1, true, headers)).frames).toEqual([REFUSED]);
    expect(sandbox.journal.entries({ step: "order-feed", method: "GET" })[0]?.notes).toEqual([
      "auth on the upgrade",
      "sid on the upgrade",
    ]);
  });
});

describe("market feed", () => {
  test("greets with 1119, which says nothing, and accepts UCC and trade sid with 1117", async () => {
    await using sandbox = await start();
    const session = await logIn(sandbox);
    const { frames, closed } = await talk(session["feedUrl"], marketFrame(session), 2, false);
    expect(frames).toMatchObject([{ message_code: 1119 }, { message_code: 1117, format: "native_batch" }]);
    expect(closed).toBeUndefined();
  });

  test("refuses with 1120 and closes: the JWT, the view sid, another UCC, another format, a cn frame, a dead session", async () => {
    await using sandbox = await start();
    const view = (await sendLogin(sandbox)).data;
    const session = await logIn(sandbox);
    const said = [
      marketFrame(session, { auth: session["token"] ?? null }),
      marketFrame(session, { auth: view["sid"] ?? null }),
      marketFrame(session, { user: spare.ucc }),
      marketFrame(session, { format: "json" }),
      marketFrame(session, { source: "WEB" }),
      orderFrame(session),
    ];
    for (const frame of said) {
      const { frames, closed } = await talk(session["feedUrl"], frame, 2, true);
      expect(frames).toMatchObject([{ message_code: 1119 }, { message_code: 1120 }]);
      expect(closed).toBe(1000);
    }
    sandbox.setScenario("*", { name: "midnight" });
    expect((await talk(session["feedUrl"], marketFrame(session), 2, true)).closed).toBe(1000);
  });
});

test("there are no feeds elsewhere", async () => {
  await using sandbox = await start();
  await expect(talk(`${sandbox.tradingUrl}/feed`, "{}", 1, true)).rejects.toThrow("404");
  await expect(talk(`${sandbox.loginUrl}/realtime`, "{}", 1, true)).rejects.toThrow("404");
});

test("closing the sandbox ends open feeds", async () => {
  const sandbox = await start();
  const session = await logIn(sandbox);
  const socket = new WebSocket(text(session["rtUrl"]).replace(/^http/, "ws"));
  await new Promise((resolve) => socket.on("open", resolve));
  const closed = new Promise((resolve) => socket.on("close", resolve));
  await sandbox.close();
  expect(await closed).toBe(1006);
});
