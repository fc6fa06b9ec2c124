import { request } from "node:http";
import { describe, expect, test } from "vitest";
import { type KotakNeoSandbox, startKotakNeoSandbox } from "./sandbox.ts";
import type { KotakNeoSandboxOptions } from "./options.ts";
import { get, hedge, logIn, sendForm, sendLogin, sendValidate, stoppedClock, tradeHeaders } from "./plain-client.ts";

const start = (options: KotakNeoSandboxOptions = {}): ReturnType<typeof startKotakNeoSandbox> =>
  startKotakNeoSandbox({ clock: stoppedClock(), ...options });

const ORDERS = "/quick/user/orders";

const EMPTY = { stat: "Ok", stCode: 200, data: [] };

/** Calls that do what the reference advises against; their statuses. */
async function noise(sandbox: KotakNeoSandbox): Promise<number[]> {
  const first = await sendLogin(sandbox, { headers: { sid: "stale", auth: "stale" }, body: { device: "x" } });
  const session = await logIn(sandbox);
  const headers = tradeHeaders(session, { authorization: hedge.accessToken });
  const quotes = await get(sandbox, "/script-details/1.0/quotes/neosymbol/nse_cm|11536/ltp", headers);
  const clientId = await get(
    sandbox,
    ORDERS,
    tradeHeaders(session, { "client-id": `PYTHON-${hedge.accessToken.slice(0, 8)}` }),
  );
  const withBody = await new Promise<number>((resolve) => {
    const options = {
      method: "GET",
      headers: { ...Object.fromEntries(tradeHeaders(session)), "content-length": "2" },
    };
    request(`${sandbox.tradingUrl}${ORDERS}`, options, (response) => {
      response.resume();
      resolve(response.statusCode ?? 0);
    }).end("{}");
  });
  const doubled = await get(sandbox, `/${ORDERS}`, tradeHeaders(session));
  const view = await sendLogin(sandbox);
  const plainText = await sendValidate(sandbox, view.data, { headers: { "content-type": "text/plain" } });
  return [first.status, quotes.status, clientId.status, withBody, doubled.status, plainText.status];
}

describe("harmless deviations", () => {
  test("are taken and noted", async () => {
    await using sandbox = await start();
    expect(await noise(sandbox)).toEqual([200, 200, 200, 200, 200, 200]);
    expect(sandbox.journal.entries().flatMap(({ notes }) => notes)).toEqual([
      "sid on login",
      "auth on login",
      "unknown field device on login",
      "sid on quotes",
      "auth on quotes",
      "the start of the access token in client-id",
      "a body on orders",
      "// in the path",
      "no JSON content type on validate",
    ]);
  });

  test("are refused in lint mode, where a clean client still gets through", async () => {
    await using sandbox = await start({ lint: true });
    expect(await noise(sandbox)).toEqual([400, 400, 400, 400, 400, 400]);
    expect(sandbox.journal.count({ outcome: "refused: lint" })).toBe(6);
    const session = await logIn(sandbox);
    expect((await get(sandbox, ORDERS, tradeHeaders(session))).body).toEqual(EMPTY);
    expect((await sendForm(sandbox, "/quick/user/limits", tradeHeaders(session), { seg: "ALL" })).status).toBe(200);
  });
});
