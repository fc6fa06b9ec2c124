import { describe, expect, it } from "vitest";
import { readRedirectAnswer } from "./redirect-answer.ts";
import { refusalOf, requestToken } from "./testing/test-environment.ts";

const state = "7b1c7c2e-0000-4000-8000-000000000001";
const address = "http://127.0.0.1:8976/callback";
const words = `request_token=${requestToken}&state=${state}`;

describe("what the browser was led to", () => {
  it.each([
    `${address}?${words}`,
    ` ${address}?${words}\n`,
    `https://app.example.com/kite?action=login&status=success&${words}#top`,
    `/callback?${words}`,
    `?${words}`,
  ])("is taken as %j", (value) => {
    expect(readRedirectAnswer(value, state).reveal()).toBe(requestToken);
  });

  it.each([
    ["with another value of ours", `${address}?request_token=${requestToken}&state=other`],
    ["without ours", `${address}?request_token=${requestToken}`],
    ["with two of them", `${address}?${words}&state=other`],
    ["without a request token", `${address}?status=cancelled&state=${state}`],
    ["with two request tokens", `${address}?${words}&request_token=b`],
    ["with a request token of another form", `${address}?request_token=a%20b&state=${state}`],
    ["that is the bare request token", requestToken],
    ["that is empty", ""],
    ["that is half an address", `app.example.com/callback?${words}`],
  ])("is refused %s, and not shown", async (_, value) => {
    const error = await refusalOf(() => readRedirectAnswer(value, state));
    expect(error).toMatchObject({ code: "configuration", field: "answer" });
    expect(error.message + JSON.stringify(error)).not.toContain(requestToken);
  });
});
