import { describe, expect, it } from "vitest";
import { authorize, serves } from "./authorize.ts";
import { jwtToken } from "./testing/answers.ts";
import { account, refusalOf, scripted, sessionOf } from "./testing/scripted-broker.ts";

describe("a request of a session", () => {
  it("goes to the API host with every documented header, the JWT behind Bearer and addresses that are the same for everybody", () => {
    const { client, context } = scripted([]);
    const { origin, headers } = authorize(sessionOf(context), { path: "/rest" }, client);
    expect(origin).toBe("https://apiconnect.angelone.in");
    expect(headers).toStrictEqual({
      "content-type": "application/json",
      accept: "application/json",
      "x-usertype": "USER",
      "x-sourceid": "WEB",
      "x-clientlocalip": "127.0.0.1",
      "x-clientpublicip": "127.0.0.1",
      "x-macaddress": "00:00:00:00:00:00",
      "x-privatekey": account.apiKey,
      authorization: `Bearer ${jwtToken}`,
    });
    expect(Object.isFrozen(headers)).toBe(true);
  });

  it("names the addresses that its user chose", () => {
    const options = { clientLocalIp: "192.0.2.7", clientPublicIp: "203.0.113.7", macAddress: "02:00:5e:00:53:07" };
    const { client, context } = scripted([], { options });
    expect(authorize(sessionOf(context), { path: "/rest" }, client).headers).toMatchObject({
      "x-clientlocalip": "192.0.2.7",
      "x-clientpublicip": "203.0.113.7",
      "x-macaddress": "02:00:5e:00:53:07",
    });
  });

  it("has no purposes", async () => {
    const { client, context } = scripted([]);
    const error = await refusalOf(() => authorize(sessionOf(context), { path: "/", purpose: "quotes" }, client));
    expect(error).toMatchObject({ code: "configuration", field: "purpose" });
  });
});

it.each([
  ["https://apiconnect.angelone.in/rest", true],
  ["https://apiconnect.angelone.in:8443/rest", false],
  ["http://apiconnect.angelone.in/rest", false],
  ["https://smartapisocket.angelone.in/", false],
  ["https://apiconnect.angelone.in.example.net/", false],
  ["nowhere", false],
])("serves %s: %s", (address, expected) => {
  expect(serves(address, scripted([]).client)).toBe(expected);
});
