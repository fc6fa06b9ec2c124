import { request as httpRequest } from "node:http";
import { describe, expect, test } from "vitest";
import { createSandboxClock } from "./clock.ts";
import { kotakNeoScenarios } from "./kotak-neo/scenarios.ts";
import { nubraScenarios } from "./nubra/scenarios.ts";
import { type NetworkScenarioName, networkScenarios } from "./network-fault.ts";
import { type Sandbox, startSandbox } from "./sandbox.ts";
import type { Scenario } from "./scenario.ts";

/** 2031-03-03 09:30:00 IST, the start of a time step. */
const AT = Date.parse("2031-03-03T09:30:00+05:30");

function start(): Promise<Sandbox> {
  return startSandbox({ clock: createSandboxClock({ now: () => AT }) });
}

interface Way {
  readonly step: string;
  readonly play: (sandbox: Sandbox, scenario: Scenario<NetworkScenarioName>) => void;
  /** The first factor of a login. */
  readonly login: (sandbox: Sandbox) => Promise<Response>;
  /** A call without any credential, whose Date header tells the broker's clock. */
  readonly clockUrl: (sandbox: Sandbox) => string;
}

const ways: Readonly<Record<string, Way>> = {
  nubra: {
    step: "totp-login",
    play: ({ nubra }, scenario) => nubra.scenarios.set("*", scenario),
    login: ({ nubra }) =>
      fetch(`${nubra.url}/totp/login`, {
        method: "POST",
        headers: { "content-type": "application/json", "x-device-id": "TS123" },
        body: JSON.stringify({ phone: "9000000001", totp: Number(nubra.totpCode("main")) }),
      }),
    clockUrl: ({ nubra }) => `${nubra.url}/userinfo`,
  },
  "kotak-neo": {
    step: "login",
    play: ({ kotakNeo }, scenario) => kotakNeo.scenarios.set("*", scenario),
    login: ({ kotakNeo }) =>
      fetch(`${kotakNeo.loginUrl}/login/1.0/tradeApiLogin`, {
        method: "POST",
        headers: {
          authorization: "5a4db0c5-0000-4000-8000-000000000001",
          "neo-fin-key": "neotradeapi",
          "content-type": "application/json",
        },
        body: JSON.stringify({ mobileNumber: "+919000000001", ucc: "XY42Z", totp: kotakNeo.totpCode("hedge") }),
      }),
    clockUrl: ({ kotakNeo }) => `${kotakNeo.loginUrl}/login/1.0/get-client-ip`,
  },
};

test("both brokers play every scenario about HTTP", () => {
  for (const known of [nubraScenarios, kotakNeoScenarios])
    expect(Object.keys(known)).toEqual(expect.arrayContaining(Object.keys(networkScenarios)));
});

describe.each(Object.entries(ways))("%s", (_broker, way) => {
  test.each([
    [{ status: 408 }, null, ""],
    [{ status: 422, body: "json" }, null, "application/json"],
    [{ status: 425 }, null, ""],
    [{ status: 499 }, null, ""],
    [{ status: 429, retryAfterSeconds: 90 }, "90", ""],
    [{ retryAfter: "Mon, 03 Mar 2031 04:30:00 GMT" }, "Mon, 03 Mar 2031 04:30:00 GMT", ""],
    [{ status: 403, body: "html" }, null, "text/html; charset=utf-8"],
    [{ status: 403 }, null, ""],
  ])("a status of the way comes before the broker looked at the factor: %j", async (parameters, retryAfter, type) => {
    await using sandbox = await start();
    way.play(sandbox, { name: "status", times: 1, ...parameters });
    const answer = await way.login(sandbox);
    expect(answer.status).toBe("status" in parameters ? parameters.status : 503);
    expect(answer.headers.get("retry-after")).toBe(retryAfter);
    expect(answer.headers.get("content-type") ?? "").toBe(type);
    const [entry] = sandbox.journal.entries({ step: way.step });
    expect(entry).toMatchObject({ outcome: "fault: status", status: answer.status });
    expect((await way.login(sandbox)).ok).toBe(true);
  });

  test("a 421 is asked for twice: Node's fetch sends the request once more by itself, as the Fetch standard says", async () => {
    await using sandbox = await start();
    way.play(sandbox, { name: "status", status: 421, times: 2 });
    expect((await way.login(sandbox)).status).toBe(421);
    expect(sandbox.journal.count({ step: way.step, outcome: "fault: status" })).toBe(2);
    expect((await way.login(sandbox)).ok).toBe(true);
  });

  test("a status with acted hides an effect: the code is used up", async () => {
    await using sandbox = await start();
    way.play(sandbox, { name: "status", status: 503, acted: true, times: 1 });
    expect((await way.login(sandbox)).status).toBe(503);
    expect(sandbox.journal.entries({ step: way.step })).toMatchObject([
      { outcome: "accepted", notes: ["fault: status"], status: 503 },
    ]);
    expect((await way.login(sandbox)).ok).toBe(false);
  });

  test.each([
    [{}, "text/html"],
    [{ type: "application/octet-stream" }, "application/octet-stream"],
    [{ type: "" }, null],
  ])("content-type labels the broker's own answer otherwise: %j", async (parameters, type) => {
    await using sandbox = await start();
    way.play(sandbox, { name: "content-type", times: 1, ...parameters });
    const answer = await way.login(sandbox);
    expect(answer.ok).toBe(true);
    expect(answer.headers.get("content-type")).toBe(type);
    expect(await answer.text()).toMatch(/^\{.*\}$/s);
    expect(sandbox.journal.entries({ step: way.step })[0]?.notes).toEqual(["fault: content-type"]);
  });

  test("reason-phrase and odd-status come with the broker's whole answer", async () => {
    await using sandbox = await start();
    way.play(sandbox, { name: "reason-phrase" });
    way.play(sandbox, { name: "odd-status" });
    const seen = await raw(way.clockUrl(sandbox));
    expect(seen.status).toBe(999);
    expect(Buffer.from(seen.reason, "latin1").toString("utf8")).toBe("\u0920\u0940\u0915 \u0939\u0948");
    expect(seen.body).toMatch(/^\{.*\}$/);
  });

  test.each([
    [{}, { age: "120" }],
    [
      { ageSeconds: 30, mark: "x-cache" },
      { "x-cache": "HIT", age: null },
    ],
    [{ mark: "none" }, { age: null, via: null }],
  ])("cached-answer dates the clock call back: %j", async (parameters, headers) => {
    await using sandbox = await start();
    way.play(sandbox, { name: "cached-answer", ...parameters });
    const answer = await fetch(way.clockUrl(sandbox));
    const age = "ageSeconds" in parameters ? parameters.ageSeconds : 120;
    expect(Date.parse(answer.headers.get("date") ?? "")).toBe(AT - age * 1000);
    for (const [name, value] of Object.entries(headers)) expect(answer.headers.get(name)).toBe(value);
  });

  test("chunked sends the answer in pieces and without a length, whole", async () => {
    await using sandbox = await start();
    way.play(sandbox, { name: "chunked", pieces: 4, everyMs: 5, times: 1 });
    const answer = await way.login(sandbox);
    expect(answer.headers.get("content-length")).toBeNull();
    expect(answer.headers.get("transfer-encoding")).toBe("chunked");
    expect(Object.keys((await answer.json()) as object).length).toBeGreaterThan(0);
  });

  test("an open stream sends its first piece with the headers and never its last", async () => {
    const sandbox = await start();
    way.play(sandbox, { name: "chunked", open: true, everyMs: 0, times: 1 });
    const reader = (await way.login(sandbox)).body?.getReader();
    const first = await reader?.read();
    expect(Buffer.from(first?.value ?? []).toString()).toMatch(/^\{/);
    const rest = reader?.read().then(
      ({ done }) => (done ? "ended" : "more"),
      () => "cut",
    );
    // Time enough for a last piece that comes at once.
    for (const _ of [1, 2, 3]) await fetch(way.clockUrl(sandbox));
    await sandbox.close();
    expect(await rest).toBe("cut");
  });
});

/** What fetch does not show: the reason phrase as bytes, and a status it would refuse. */
function raw(url: string): Promise<{ status: number | undefined; reason: string; body: string }> {
  return new Promise((resolve, reject) => {
    httpRequest(url, (response) => {
      const parts: Buffer[] = [];
      response.on("data", (part: Buffer) => parts.push(part));
      response.on("end", () =>
        resolve({
          status: response.statusCode,
          reason: response.statusMessage ?? "",
          body: Buffer.concat(parts).toString(),
        }),
      );
    })
      .on("error", reject)
      .end();
  });
}
