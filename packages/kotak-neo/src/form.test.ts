import { expect, it } from "vitest";
import { jData } from "./form.ts";

it("sends the question as JSON text in the one form field jData", async () => {
  const request = new Request("https://e21.kotaksecurities.com/quick/user/limits", {
    method: "POST",
    body: jData({ seg: "ALL", exch: "ALL", prod: "ALL" }),
  });
  expect(request.headers.get("content-type")).toMatch(/^application\/x-www-form-urlencoded\b/);
  expect(await request.text()).toBe(
    "jData=%7B%22seg%22%3A%22ALL%22%2C%22exch%22%3A%22ALL%22%2C%22prod%22%3A%22ALL%22%7D",
  );
});

it("keeps what has a meaning in forms", () => {
  const order = { ts: "M&M-EQ", note: "a+b c=d%", quantity: 1, nested: { list: [null, true] } };
  const sent = new URLSearchParams(jData(order).toString());
  expect([...sent.keys()]).toStrictEqual(["jData"]);
  expect(JSON.parse(sent.get("jData") ?? "")).toStrictEqual(order);
});

it.each([undefined, null, "x", 1, [], () => ({}), { price: 10n }])(
  "says what to write for what is no form: %o",
  (data) => {
    expect(() => jData(data as never)).toThrow(
      expect.objectContaining({
        code: "configuration",
        field: "jData",
        message: expect.stringContaining('such as { seg: "ALL" }'),
      }),
    );
  },
);
