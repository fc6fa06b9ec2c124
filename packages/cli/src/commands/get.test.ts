import { describe, expect, it } from "vitest";
import { Trial } from "../testing/trial.ts";

interface Answer {
  readonly headers: Readonly<Record<string, readonly string[]>>;
  readonly expires: string;
}

function uri(address: string): { readonly input: string } {
  return { input: JSON.stringify({ uri: address }) };
}

describe("broker-auth get", { timeout: 240_000 }, () => {
  it("speaks the credential helper specification: headers that the broker takes, and nothing on standard error", async () => {
    const trial = await Trial.start();
    trial.configure();
    const { nubra } = trial.sandbox;
    await trial.run(["login"]);
    const { code, out, err } = await trial.run(["get"], uri(`${nubra.url}/userinfo`));
    expect([code, err]).toEqual([0, ""]);
    const { headers, expires, ...others } = JSON.parse(out) as Answer;
    expect(others).toEqual({});
    const flat = Object.entries(headers).map(([name, values]): [string, string] => [name, values.join(", ")]);
    expect((await fetch(`${nubra.url}/userinfo`, { headers: flat })).status).toBe(200);
    expect(expires).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$/);
  });

  // Its client starts the helper so (credentialhelper 1.0.0 of EngFlow and Bazel 7): the one argument, the request, the end of input.
  it.each([
    ["as the specification prints it", '{"uri":"URI"}'],
    ["with white space and a line break", '{ "uri" : "URI" }\n'],
    ["with fields of a later version", '{"uri":"URI","further":{"a":[1]}}'],
    ["escaped, as some writers do", '{"uri":"\\u0068ttpREST"}'],
  ])("a recorded exchange: a request %s gets texts in lists, a moment, and nothing else", async (_, request) => {
    const trial = await Trial.start();
    trial.configure();
    const address = `${trial.sandbox.nubra.url}/userinfo`;
    const { code, out, err } = await trial.run(["get"], {
      input: request.replace("URI", address).replace("REST", address.slice("http".length)),
    });
    expect([code, err]).toEqual([0, ""]);
    const answer = JSON.parse(out) as Answer;
    expect(Object.keys(answer).toSorted()).toEqual(["expires", "headers"]);
    const lists = Object.values(answer.headers);
    expect(lists.length).toBeGreaterThan(0);
    expect(lists.flat().every((value) => typeof value === "string" && value !== "")).toBe(true);
    expect(lists.every((list) => Array.isArray(list) && list.length === 1)).toBe(true);
    expect(Date.parse(answer.expires)).toBeGreaterThan(Date.now());
  });

  it("says an end that is at most five minutes ahead, for clients keep the answer until then", async () => {
    const trial = await Trial.start();
    trial.configure();
    const { out } = await trial.run(["get"], uri(trial.sandbox.nubra.url));
    const ahead = Date.parse((JSON.parse(out) as Answer).expires) - Date.now();
    expect(ahead).toBeGreaterThan(0);
    expect(ahead).toBeLessThanOrEqual(300_000);
  });

  it("fifty at once on an empty store make one login", async () => {
    const trial = await Trial.start();
    trial.configure();
    const runs = await Promise.all(
      Array.from({ length: 50 }, () => trial.run(["get"], uri(`${trial.sandbox.nubra.url}/userinfo`))),
    );
    expect(runs.map(({ code, err }) => [code, err])).toEqual(runs.map(() => [0, expect.any(String)]));
    expect(new Set(runs.map(({ out }) => JSON.stringify((JSON.parse(out) as Answer).headers))).size).toBe(1);
    expect(trial.logins).toBe(1);
    expect(trial.sandbox.journal.count({ step: "totp-login" })).toBe(1);
  }, 240_000);

  it("finds the account by the broker's origin, and takes --account or the variable where that does not tell", async () => {
    const trial = await Trial.start();
    trial.configure({ main: [], hedge: [] }, { trading: "hedge" });
    const { nubra, kotakNeo } = trial.sandbox;
    await trial.run(["login"]);
    const names = async (address: string, args: string[] = [], env = {}): Promise<string[]> => {
      const { out, err } = await trial.run(["get", ...args], { ...uri(address), env });
      expect(err).toBe("");
      return Object.keys((JSON.parse(out) as Answer).headers);
    };
    expect(await names(`${nubra.url}/userinfo`)).toEqual(["authorization", "x-device-id"]);
    expect(await names(`${kotakNeo.tradingUrl}/quick/user/orders`)).toEqual(["auth", "sid", "neo-fin-key"]);
    expect(await names(`${kotakNeo.tradingUrl}/quick/user/orders`, ["--account", "trading"])).toHaveLength(3);
    expect(await names(`${nubra.url}/`, [], { BROKER_AUTH_ACCOUNT: "main" })).toHaveLength(2);
    // Kotak Neo's quotes take the access token alone.
    expect(await names(`${kotakNeo.tradingUrl}/script-details/1.0/quotes/x`)).toEqual(["authorization"]);
  });

  it.each([
    ["another host", "https://api.nubra.io.example/userinfo"],
    ["another port of the same host", "http://127.0.0.1:1/userinfo"],
    ["http where https is meant", "http://api.nubra.io/userinfo"],
  ])("gives no headers out for %s, also with --account", async (_, address) => {
    const trial = await Trial.start();
    trial.configure();
    await trial.run(["login"]);
    for (const args of [[], ["--account", "main"]]) {
      const { code, out, err } = await trial.run(["get", ...args], uri(address));
      expect([code, out]).toEqual([2, ""]);
      expect(err).toMatch(/^broker-auth: .*no headers are given out/);
    }
  });

  it.each(["", "{", "[]", '{"uri":5}', '{"uri":"userinfo"}', '"x"', "null"])(
    "refuses the request %j in one line, exit code 2",
    async (input) => {
      const trial = await Trial.start();
      trial.configure();
      const { code, out, err } = await trial.run(["get"], { input });
      expect([code, out]).toEqual([2, ""]);
      expect(err).toMatch(/^broker-auth: the request /);
      expect(trial.sandbox.journal.count()).toBe(0);
    },
  );

  it("never asks: where a person is needed it is exit code 3, and no code was texted", async () => {
    const trial = await Trial.start();
    trial.configure({ sms: [] });
    const { code, out, err } = await trial.run(["get"], uri(trial.sandbox.nubra.url));
    expect([code, out]).toEqual([3, ""]);
    expect(err).toMatch(/sms: [^\n]*OTP[^\n]*\n {2}Run broker-auth login sms in a terminal/);
    expect(trial.sandbox.journal.count()).toBe(0);
  });
});
