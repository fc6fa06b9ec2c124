import { createHash } from "node:crypto";
import { once } from "node:events";
import { request as httpRequest } from "node:http";
import { text as readText } from "node:stream/consumers";
import { describe, expect, test } from "vitest";
import { WebSocket } from "ws";
import { angelOneRoutes } from "./angel-one/routes.ts";
import { startAngelOneSandbox } from "./angel-one/sandbox.ts";
import { type SandboxClock, createSandboxClock } from "./clock.ts";
import { isJsonObject, parseJson } from "./json.ts";
import { startKotakNeoSandbox } from "./kotak-neo/sandbox.ts";
import { startNubraSandbox } from "./nubra/sandbox.ts";
import { startZerodhaSandbox } from "./zerodha/sandbox.ts";

// What official and public clients send, written down in our own words from their source, with invented values: method, path, headers, form of
// the body. The sandbox is right when these go through; it is not bent to what our own adapters send.

/** Stands still at 2031-03-03 09:30:00 IST, the start of a time step. */
function stillClock(): SandboxClock {
  return createSandboxClock({ now: () => Date.parse("2031-03-03T09:30:00+05:30") });
}

type Headers = Readonly<Record<string, string>>;

interface Got {
  readonly status: number;
  /** The answer's object, or what lies under `data`. */
  readonly fields: Readonly<Record<string, unknown>>;
}

async function ask(method: string, url: string, headers: Headers, body?: string): Promise<Got> {
  const response = await fetch(url, { method, headers, body: body ?? null, redirect: "manual" });
  const json = parseJson(await response.text());
  const object = isJsonObject(json) ? json : {};
  const data = object["data"];
  return { status: response.status, fields: isJsonObject(data) ? data : object };
}

const pretty = (value: unknown): string => JSON.stringify(value, undefined, 2);
const json = (value: unknown): string => JSON.stringify(value);
const form = (value: unknown): string => new URLSearchParams({ jData: json(value) }).toString();
const formOf = (fields: Readonly<Record<string, string>>): string => new URLSearchParams(fields).toString();
const text = (value: unknown): string => (typeof value === "string" ? value : "");

async function firstAnswers(url: string, frame: string, count: number, headers: Headers = {}): Promise<string[]> {
  const socket = new WebSocket(url, { headers });
  const heard: string[] = [];
  const all = new Promise<void>((resolve) => {
    socket.on("message", (data: Buffer) => {
      heard.push(data.toString());
      if (heard.length === count) resolve();
    });
  });
  await once(socket, "open");
  socket.send(frame);
  await all;
  socket.close();
  return heard;
}

describe("Kotak Neo", () => {
  const accessToken = "5a4db0c5-0000-4000-8000-000000000001";
  const person = { mobileNumber: "+919000000001", ucc: "XY42Z" };
  const FORM = "application/x-www-form-urlencoded";

  // github.com/Kotak-Neo/kotak-neo-python, version 3.0.1 of 2026-08, run against this sandbox on 2026-11-30.
  const sdkHeaders = (more: Headers): Headers => ({
    "User-Agent": "NeoSDK-Python/3.0.1",
    Accept: "application/json",
    "Accept-Encoding": "gzip, deflate",
    "Content-Type": "application/json",
    "X-Request-ID": "b1f6a9c2-0000-4000-8000-000000000000",
    "X-Client-ID": `${accessToken.slice(0, 8)}***`,
    ...more,
  });

  test("the official Python SDK 3.0.1 gets from its login to every read, an order and both feeds", async () => {
    await using sandbox = await startKotakNeoSandbox({ clock: stillClock() });
    const login = `${sandbox.loginUrl}/login/1.0`;
    const both = { Authorization: accessToken, "neo-fin-key": "neotradeapi" };
    const view = await ask(
      "POST",
      `${login}/tradeApiLogin`,
      sdkHeaders(both),
      json({ ...person, totp: sandbox.totpCode("hedge") }),
    );
    const pair = { sid: text(view.fields["sid"]), Auth: text(view.fields["token"]) };
    const trade = await ask(
      "POST",
      `${login}/tradeApiValidate`,
      sdkHeaders({ ...both, ...pair }),
      json({ mpin: "246810" }),
    );
    const base = text(trade.fields["baseUrl"]).replace(/\/$/, "");
    const alone = { Sid: text(trade.fields["sid"]), Auth: text(trade.fields["token"]) };
    const withToken = { Authorization: accessToken, ...alone };

    const order = await ask(
      "POST",
      `${base}/quick/order/rule/ms/place`,
      sdkHeaders({ ...withToken, "Content-Type": FORM }),
      form({
        am: "NO",
        dq: "0",
        es: "nse_cm",
        mp: "0",
        pc: "CNC",
        pr: "1",
        pt: "L",
        qt: "1",
        rt: "DAY",
        tp: "0",
        ts: "INVENTED-EQ",
        tt: "B",
        ig: null,
        os: "NEOTRADEAPI",
      }),
    );
    const number = text(order.fields["nOrdNo"]);
    const all = { seg: "ALL", exch: "ALL", prod: "ALL" };
    const margin = {
      exSeg: "nse_cm",
      prc: "1",
      prcTp: "L",
      prod: "CNC",
      qty: "1",
      tok: "11536",
      trnsTp: "B",
      trgPrc: null,
      brkName: "KOTAK",
    };
    const answers = [
      await ask("GET", `${login}/get-client-ip`, sdkHeaders(withToken)),
      await ask("GET", `${base}/quick/user/orders`, sdkHeaders(alone)),
      await ask("GET", `${base}/quick/user/orders/${number}`, sdkHeaders(alone)),
      await ask("GET", `${base}/quick/user/trades`, sdkHeaders(alone)),
      await ask("GET", `${base}/quick/user/positions`, sdkHeaders(alone)),
      await ask("GET", `${base}/portfolio/v1/holdings`, sdkHeaders({ ...alone, "Content-Type": FORM, Accept: "*/*" })),
      await ask("POST", `${base}/quick/user/limits`, sdkHeaders({ ...alone, "Content-Type": FORM }), form(all)),
      await ask(
        "POST",
        `${base}/quick/user/check-margin`,
        sdkHeaders({ ...alone, "Content-Type": FORM }),
        form(margin),
      ),
      await ask(
        "POST",
        `${base}/quick/order/history`,
        sdkHeaders({ ...alone, "Content-Type": FORM }),
        form({ nOrdNo: number }),
      ),
      await ask(
        "POST",
        `${base}/quick/order/vr/modify`,
        sdkHeaders({ ...withToken, "Content-Type": FORM }),
        form({ no: number, pr: "2", am: "NO", os: "NEOTRADEAPI" }),
      ),
      await ask(
        "POST",
        `${base}/quick/order/cancel`,
        sdkHeaders({ ...withToken, "Content-Type": FORM }),
        form({ on: number, am: "NO" }),
      ),
      await ask(
        "GET",
        `${base}/script-details/1.0/quotes/neosymbol/nse_cm|11536,nse_cm|1333/all`,
        sdkHeaders({ Authorization: accessToken, "Content-Type": FORM }),
      ),
      await ask(
        "GET",
        `${base}/script-details/1.0/masterscrip/file-paths`,
        sdkHeaders({ Authorization: accessToken, "Content-Type": FORM }),
      ),
    ];
    expect(number).not.toBe("");
    for (const { status } of [view, trade, order, ...answers]) expect(status).toBe(200);
    expect(answers[6]?.fields).toMatchObject({ stat: "Ok", Net: "100000.00" });

    const orderFrame = `{type:cn,Authorization:${alone.Auth},Sid:${alone.Sid},src:WEB}`;
    expect((await firstAnswers(text(trade.fields["rtUrl"]).replace("http", "ws"), orderFrame, 1))[0]).toContain(
      '"ak":"ok"',
    );
    const feedFrame = json({
      user: person.ucc,
      auth: alone.Sid,
      format: "native_batch",
      source: "NEOTRADEAPI",
      version: "3.0.1",
      sdkVersion: 1,
    });
    const heard = await firstAnswers(text(trade.fields["feedUrl"]).replace("http", "ws"), feedFrame, 2);
    expect(heard.map((one) => (parseJson(one) as { message_code?: number }).message_code)).toEqual([1119, 1117]);

    expect(sandbox.journal.entries().filter(({ outcome }) => outcome !== "accepted")).toEqual([]);
  });

  test("its Postman collection, whose call 2 is plain text and whose reads carry Sid and Auth alone", async () => {
    await using sandbox = await startKotakNeoSandbox({ clock: stillClock() });
    const login = `${sandbox.loginUrl}/login/1.0`;
    const runtime = {
      "User-Agent": "PostmanRuntime/7.43.0",
      Accept: "*/*",
      "Cache-Control": "no-cache",
      "Accept-Encoding": "gzip, deflate, br",
    };
    const both = { ...runtime, Authorization: accessToken, "neo-fin-key": "neotradeapi" };
    const view = await ask(
      "POST",
      `${login}/tradeApiLogin`,
      { ...both, "Content-Type": "application/json" },
      pretty({ ...person, totp: sandbox.totpCode("hedge") }),
    );
    const trade = await ask(
      "POST",
      `${login}/tradeApiValidate`,
      { ...both, sid: text(view.fields["sid"]), Auth: text(view.fields["token"]), "Content-Type": "text/plain" },
      pretty({ mpin: "246810" }),
    );
    const alone = { ...runtime, Sid: text(trade.fields["sid"]), Auth: text(trade.fields["token"]) };
    // The collection joins {{base_url}} with a slash of its own.
    const base = text(trade.fields["baseUrl"]);
    for (const path of ["/quick/user/orders", "/quick/user/trades", "/quick/user/positions", "/portfolio/v1/holdings"])
      expect([path, (await ask("GET", base + path, alone)).status]).toEqual([path, 200]);
    const limits = await ask(
      "POST",
      `${base}/quick/user/limits`,
      { ...alone, "Content-Type": FORM },
      form({ seg: "ALL", exch: "ALL", prod: "ALL" }),
    );
    expect(limits.fields).toMatchObject({ stat: "Ok" });
    expect(sandbox.journal.entries().filter(({ outcome }) => outcome !== "accepted")).toEqual([]);
  });

  test("a public client that joins a baseUrl that ends in a slash with one more", async () => {
    await using sandbox = await startKotakNeoSandbox({ clock: stillClock() });
    sandbox.setScenario("hedge", { name: "trailing-slash" });
    const login = `${sandbox.loginUrl}/login/1.0`;
    const both = { authorization: accessToken, "neo-fin-key": "neotradeapi", "content-type": "application/json" };
    const view = await ask(
      "POST",
      `${login}/tradeApiLogin`,
      both,
      json({ ...person, totp: sandbox.totpCode("hedge") }),
    );
    const pair = { sid: text(view.fields["sid"]), auth: text(view.fields["token"]) };
    const trade = await ask("POST", `${login}/tradeApiValidate`, { ...both, ...pair }, json({ mpin: "246810" }));
    const base = text(trade.fields["baseUrl"]);
    expect(base).toMatch(/[^/]\/$/);
    const headers = { Auth: text(trade.fields["token"]), Sid: text(trade.fields["sid"]), "neo-fin-key": "neotradeapi" };
    expect((await ask("GET", `${base}/quick/user/positions`, headers)).status).toBe(200);
    expect(sandbox.journal.entries({ step: "positions" })[0]).toMatchObject({
      path: "//quick/user/positions",
      notes: ["// in the path"],
    });
  });
});

describe("Nubra", () => {
  const JSON_TYPE = { "Content-Type": "application/json" };

  // The forms of nubra.md section 4: the SDK and many clients send `flow` and `otp`, some `x-device-id` at the start, five headers later on.
  test("the official SDK's OTP login, with the fields and headers that may be left out, gets to its reads and sockets", async () => {
    await using nubra = await startNubraSandbox({ clock: stillClock() });
    const device = { "x-device-id": "TS123", "x-app-version": "0.4.5", "x-device-os": "sdk" };
    const post = (path: string, headers: Headers, body: unknown): Promise<Got> =>
      ask("POST", nubra.url + path, { ...JSON_TYPE, ...headers }, json(body));
    const sent = await post("/sendphoneotp", device, { phone: "9000000002", skip_totp: false, flow: "" });
    expect(sent.fields["next"]).toBe("VERIFY_MOBILE");
    const otp = nubra.inbox("sms").at(-1)?.code;
    const first = await post(
      "/verifyphoneotp",
      { ...device, "x-temp-token": text(sent.fields["temp_token"]) },
      { phone: "9000000002", otp },
    );
    expect(first.status).toBe(201);
    const opened = await post(
      "/verifypin",
      { ...device, Authorization: `Bearer ${text(first.fields["auth_token"])}` },
      { pin: "2468" },
    );
    const token = text(opened.fields["session_token"]);
    const session = { ...device, Authorization: `Bearer ${token}`, Cookie: "deviceId=TS123" };
    for (const path of [
      "/userinfo",
      "/portfolio/holdings",
      "/portfolio/positions",
      "/portfolio/v2/positions",
      "/portfolio/user_funds_and_margin",
      "/sentinel/portfolio/user_funds_and_margin",
      "/ipaddress/validate",
    ])
      expect([path, (await ask("GET", nubra.url + path, { ...JSON_TYPE, ...session })).status]).toEqual([path, 200]);

    const { env_info: env } = (await ask("GET", `${nubra.url}/userinfo`, session)).fields as {
      env_info: { market_ws_url: string; user_ws_url: string };
    };
    const subscribe = `batch_subscribe ${token} index {"instruments":[],"indexes":["INVENTED"]} NSE`;
    expect(await firstAnswers(env.market_ws_url, subscribe, 1)).toEqual([
      json({ status: "ok", command: "batch_subscribe" }),
    ]);
    const orders = `subscribe ${token} notifications notification`;
    expect(await firstAnswers(env.user_ws_url, orders, 1)).toEqual([json({ status: "ok", command: "subscribe" })]);
    expect(nubra.journal.entries().filter(({ outcome }) => outcome !== "accepted")).toEqual([]);
  });

  test("a public client's TOTP login with an empty otp, and the renewal by MPIN that the SDK does at every start", async () => {
    await using nubra = await startNubraSandbox({ clock: stillClock() });
    const device = { ...JSON_TYPE, "x-device-id": "Nubra-client-1" };
    const first = await ask(
      "POST",
      `${nubra.url}/totp/login`,
      device,
      json({ phone: "9000000001", totp: Number(nubra.totpCode("main")), otp: "" }),
    );
    expect(first.status).toBe(201);
    const bearer = { ...device, Authorization: `Bearer ${text(first.fields["auth_token"])}` };
    for (const _ of ["login", "next start"]) {
      const opened = await ask("POST", `${nubra.url}/verifypin`, bearer, json({ pin: "1357" }));
      const session = { ...device, Authorization: `Bearer ${text(opened.fields["session_token"])}` };
      expect((await ask("GET", `${nubra.url}/portfolio/positions`, session)).status).toBe(200);
    }
    expect(nubra.journal.entries().filter(({ outcome }) => outcome !== "accepted")).toEqual([]);
  });

  test("a TOTP account by SMS: the second send follows VERIFY_TOTP, as the SDK branches on next", async () => {
    await using nubra = await startNubraSandbox({ clock: stillClock() });
    const start = await ask(
      "POST",
      `${nubra.url}/sendphoneotp`,
      JSON_TYPE,
      json({ phone: "9000000001", skip_totp: false }),
    );
    expect(start.fields["next"]).toBe("VERIFY_TOTP");
    const temp = { ...JSON_TYPE, "x-temp-token": text(start.fields["temp_token"]) };
    const forced = await ask(
      "POST",
      `${nubra.url}/sendphoneotp`,
      temp,
      json({ phone: "9000000001", skip_totp: true, flow: "" }),
    );
    const verify = { ...JSON_TYPE, "x-temp-token": text(forced.fields["temp_token"]), "x-device-id": "TS123" };
    const otp = nubra.inbox("main").at(-1)?.code;
    expect((await ask("POST", `${nubra.url}/verifyphoneotp`, verify, json({ phone: "9000000001", otp }))).status).toBe(
      201,
    );
  });
});

describe("Zerodha", () => {
  const apiKey = "kx7demo0apikey01";
  const apiSecret = "s9demo0apisecret0000000000000001";
  const FORM = "application/x-www-form-urlencoded";

  // npm kiteconnect 5.3.0, run against this sandbox on 2026-11-30. It says FORM also where there is no body.
  const sdkHeaders = (token: string | undefined, type: string = FORM): Headers => ({
    Accept: "application/json, text/plain, */*",
    "Content-Type": type,
    "X-Kite-Version": "3",
    "User-Agent": "kiteconnectjs/5.3.0",
    ...(token === undefined ? {} : { Authorization: `token ${apiKey}:${token}` }),
    "Accept-Encoding": "gzip, compress, deflate, br",
  });
  const trade = { exchange: "NSE", tradingsymbol: "INVENTED", transaction_type: "BUY", quantity: "1", product: "CNC" };

  test("the official SDK 5.3.0 gets from its login page to every call, its socket and its logout, and nothing of it is noted", async () => {
    await using sandbox = await startZerodhaSandbox({ clock: stillClock(), lint: true });
    const page = `${sandbox.url}/connect/login?api_key=${apiKey}&v=3`;
    const requestToken = new URL(sandbox.logInAtPage(page, "main")).searchParams.get("request_token") ?? "";
    const checksum = createHash("sha256")
      .update(apiKey + requestToken + apiSecret)
      .digest("hex");
    const grant = formOf({ api_key: apiKey, request_token: requestToken, checksum });
    const minted = await ask("POST", `${sandbox.url}/session/token`, sdkHeaders(undefined), grant);
    const token = text(minted.fields["access_token"]);
    expect(token).not.toBe("");

    const order = { ...trade, order_type: "MARKET", variety: "regular" };
    const trigger = {
      condition: json({ exchange: "NSE", trigger_values: [1] }),
      orders: json([trade]),
      type: "single",
    };
    const calls: ReadonlyArray<readonly [method: string, path: string, body?: string]> = [
      ["GET", "/user/profile"],
      ["GET", "/user/margins"],
      ["GET", "/user/margins/equity"],
      ["POST", "/orders/regular", formOf(order)],
      ["PUT", "/orders/regular/310303000000001", formOf({ quantity: "2", order_id: "310303000000001" })],
      ["DELETE", "/orders/regular/310303000000001?variety=regular&order_id=310303000000001"],
      ["GET", "/orders"],
      ["GET", "/orders/310303000000001?order_id=310303000000001"],
      ["GET", "/orders/310303000000001/trades?order_id=310303000000001"],
      ["GET", "/trades"],
      ["POST", "/margins/orders?mode=compact", json([order])],
      ["POST", "/margins/basket?consider_positions=true&mode=", json([order])],
      ["POST", "/charges/orders", json([order])],
      ["GET", "/portfolio/holdings"],
      ["GET", "/portfolio/holdings/auctions"],
      ["GET", "/portfolio/positions"],
      [
        "PUT",
        "/portfolio/positions",
        formOf({ ...trade, position_type: "day", old_product: "CNC", new_product: "MIS" }),
      ],
      ["GET", "/instruments"],
      ["GET", "/instruments/NSE?exchange=NSE"],
      ["GET", "/quote?i=NSE%3AINVENTED&i=NSE%3AOTHER"],
      ["GET", "/quote/ohlc?i=NSE%3AINVENTED"],
      ["GET", "/quote/ltp?i=NSE%3AINVENTED"],
      ["GET", "/instruments/historical/738561/day?instrument_token=738561&interval=day&from=2031-03-01&to=2031-03-03"],
      ["GET", "/mf/orders"],
      ["GET", "/mf/orders/abc?order_id=abc"],
      ["POST", "/mf/orders", formOf({ tradingsymbol: "INVENTED", transaction_type: "BUY", amount: "1000" })],
      ["DELETE", "/mf/orders/abc?order_id=abc"],
      ["GET", "/mf/sips"],
      ["POST", "/mf/sips", formOf({ tradingsymbol: "INVENTED", amount: "1000", frequency: "monthly" })],
      ["PUT", "/mf/sips/1", formOf({ sip_id: "1", instalments: "2" })],
      ["DELETE", "/mf/sips/1?sip_id=1"],
      ["GET", "/mf/holdings"],
      ["GET", "/mf/instruments"],
      ["GET", "/gtt/triggers"],
      ["GET", "/gtt/triggers/1?trigger_id=1"],
      ["POST", "/gtt/triggers", formOf(trigger)],
      ["PUT", "/gtt/triggers/1", formOf({ trigger_id: "1", ...trigger })],
      ["DELETE", "/gtt/triggers/1?trigger_id=1"],
    ];
    for (const [method, path, body] of calls) {
      const type = body?.startsWith("[") === true ? "application/json" : FORM;
      const { status } = await ask(method, `${sandbox.url}${path}`, sdkHeaders(token, type), body);
      expect([method, path, status]).toEqual([method, path, 200]);
    }

    const ticker = `${sandbox.url.replace("http", "ws")}/?api_key=${apiKey}&access_token=${token}&uid=1930449600000`;
    // A heartbeat, then a tick.
    expect(await firstAnswers(ticker, json({ a: "subscribe", v: [738_561] }), 2)).toHaveLength(2);

    const out = `${sandbox.url}/session/token?api_key=${apiKey}&access_token=${token}`;
    expect((await ask("DELETE", out, sdkHeaders(token))).status).toBe(200);
    expect((await ask("GET", `${sandbox.url}/user/profile`, sdkHeaders(token))).fields).toMatchObject({
      error_type: "TokenException",
    });
    expect(sandbox.journal.entries().flatMap(({ notes }) => notes)).toEqual([]);
  });

  test("a login over a living session still carries the old session's header, and a refused one ends nothing", async () => {
    await using sandbox = await startZerodhaSandbox({ clock: stillClock() });
    const page = `${sandbox.url}/connect/login?api_key=${apiKey}&v=3`;
    const logIn = (requestToken: string, old: string | undefined): Promise<Got> => {
      const checksum = createHash("sha256")
        .update(apiKey + requestToken + apiSecret)
        .digest("hex");
      const grant = formOf({ api_key: apiKey, request_token: requestToken, checksum });
      return ask("POST", `${sandbox.url}/session/token`, sdkHeaders(old), grant);
    };
    const requestToken = new URL(sandbox.logInAtPage(page, "main")).searchParams.get("request_token") ?? "";
    const token = text((await logIn(requestToken, undefined)).fields["access_token"]);
    expect((await logIn(requestToken, token)).status).toBe(403);
    expect((await ask("GET", `${sandbox.url}/user/profile`, sdkHeaders(token))).status).toBe(200);
  });
});

/** By node:http: it sends a body with GET, which fetch refuses to. */
async function sendWithBody(
  method: string,
  url: string,
  headers: Headers,
  body: string,
): Promise<Record<string, unknown>> {
  const outgoing = httpRequest(url, { method, headers: { ...headers, "Content-Length": String(body.length) } });
  outgoing.end(body);
  const [response] = (await once(outgoing, "response")) as [NodeJS.ReadableStream];
  return JSON.parse(await readText(response)) as Record<string, unknown>;
}

function tokensOf({ data }: Record<string, unknown>): Readonly<Record<string, unknown>> {
  return isJsonObject(data) ? data : {};
}

describe("Angel One", () => {
  const apiKey = "aB3demo1";
  const customer = { clientcode: "T100001", password: "0421" };

  // npm smartapi-javascript 1.0.27 (axios 0.20), run against this sandbox on 2026-11-30 with the module that asks the internet for an address replaced.
  // It has no addresses when it begins, so they leave as the text `null` or as the machine's own.
  const sdkHeaders = (jwt: string | undefined): Headers => ({
    Accept: "application/json",
    "Content-Type": "application/json",
    "X-ClientLocalIP": "192.0.2.2",
    "X-ClientPublicIP": "null",
    "X-MACAddress": "02:00:5e:00:53:01",
    "X-UserType": "USER",
    "X-SourceID": "WEB",
    "X-PrivateKey": apiKey,
    "User-Agent": "axios/0.20.0",
    ...(jwt === undefined ? {} : { Authorization: `Bearer ${jwt}` }),
  });

  test("the official SDK 1.0.27 gets from its login over every call, a renewal and both sockets to its logout", async () => {
    await using sandbox = await startAngelOneSandbox({ clock: stillClock() });
    const at = (step: string): string => `${sandbox.url}${angelOneRoutes.find((one) => one.step === step)?.path ?? ""}`;
    const login = { ...customer, totp: sandbox.totpCode("main") };
    const first = tokensOf(await sendWithBody("POST", at("login"), sdkHeaders(undefined), json(login)));
    const renewal = json({ refreshToken: first["refreshToken"] });
    const second = tokensOf(await sendWithBody("POST", at("renew"), sdkHeaders(text(first["jwtToken"])), renewal));
    const jwt = text(second["jwtToken"]);

    for (const { method, path, step } of angelOneRoutes.filter(
      (one) => !["login", "renew", "logout"].includes(one.step),
    )) {
      const whole = path.endsWith("/") ? `${path}310303000000001` : path;
      // GET has a body, too.
      const answered = await sendWithBody(
        method,
        `${sandbox.url}${whole}`,
        sdkHeaders(jwt),
        method === "GET" ? "{}" : json({ orderid: "1" }),
      );
      expect([step, answered["status"]]).toEqual([step, true]);
    }

    const shared = {
      "x-api-key": apiKey,
      "x-client-code": customer.clientcode,
      "x-feed-token": text(second["feedToken"]),
    };
    const socket = sandbox.url.replace("http", "ws");
    expect(await firstAnswers(`${socket}/smart-stream`, "ping", 1, { ...shared, Authorization: jwt })).toEqual([
      "pong",
    ]);
    const orders = { ...shared, Authorization: `Bearer ${jwt}` };
    expect(await firstAnswers(`${socket}/smart-order-update`, "ping", 1, orders)).toEqual(["pong"]);

    const out = json({ clientcode: customer.clientcode });
    expect(await sendWithBody("POST", at("logout"), sdkHeaders(jwt), out)).toMatchObject({ status: true });
    expect(await sendWithBody("GET", at("profile"), sdkHeaders(jwt), "{}")).toMatchObject({ errorCode: "AG8001" });
    const notes = new Set(sandbox.journal.entries().flatMap((entry) => entry.notes));
    expect([...notes].filter((note) => !note.startsWith("a body on "))).toEqual([]);
  });

  test("its login over a living session carries the old session's header, which is noted and changes nothing", async () => {
    await using sandbox = await startAngelOneSandbox({ clock: stillClock() });
    const path = angelOneRoutes[0]?.path ?? "";
    const login = json({ ...customer, totp: sandbox.totpCode("main") });
    expect(await sendWithBody("POST", `${sandbox.url}${path}`, sdkHeaders("old"), login)).toMatchObject({
      status: true,
    });
    expect(sandbox.journal.entries()[0]?.notes).toEqual(["authorization on login"]);
  });
});
