import { expect, it } from "vitest";
import { nubra } from "./provider.ts";
import { canaries, sessionToken } from "./testing/answers.ts";
import { scriptedBroker, liveSession } from "./testing/scripted-broker.ts";

it("gives a frozen plain object of exactly the session's headers, for the account's origin", () => {
  const { provider, credentials } = scriptedBroker([]);
  const { origin, headers } = provider.authorize(liveSession(), credentials, { path: "/portfolio/holdings" });
  expect(origin).toBe("https://api.nubra.io");
  expect(headers).toEqual({ authorization: `Bearer ${sessionToken()}`, "x-device-id": canaries.deviceId });
  expect(Object.isFrozen(headers)).toBe(true);
  expect(Object.getPrototypeOf(headers)).toBe(Object.prototype);
});

it("adds the extra headers", () => {
  const { provider, credentials } = scriptedBroker([], {
    options: { extraHeaders: { "X-App-Version": "0.4.5", "x-device-os": "sdk" } },
  });
  expect(Object.keys(provider.authorize(liveSession(), credentials, { path: "/" }).headers).toSorted()).toEqual([
    "authorization",
    "x-app-version",
    "x-device-id",
    "x-device-os",
  ]);
});

it("sends the headers of a session to the address its account was configured with", () => {
  const provider = nubra();
  const credentials = provider.parseCredentials({ phone: canaries.phone, baseUrl: "https://proxy.example.com:8443" });
  expect(provider.authorize(liveSession(), credentials, { path: "/" }).origin).toBe("https://proxy.example.com:8443");
});
