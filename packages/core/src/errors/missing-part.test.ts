import { expect, it } from "vitest";
import { missingPart } from "./missing-part.ts";

it.each<[string, unknown]>([
  ["Node", Object.assign(new Error("EMFILE: too many open files, open 'a.js'"), { code: "EMFILE" })],
  ["Node, of all processes", Object.assign(new Error("m"), { code: "ENFILE" })],
  ["Bun", { name: "BuildMessage", message: 'EMFILE reading "a.js"' }],
])("a part that no descriptor is left for is broker_unavailable, which passes: %s", (_, cause) => {
  const error = missingPart(cause, "@x/toy");
  expect(error).toMatchObject({ code: "broker_unavailable", retry: "transient" });
  expect(error.message).toBe("a part of @x/toy could not be loaded: no descriptor is left");
});

it.each([Object.assign(new Error("m"), { code: "ERR_MODULE_NOT_FOUND" }), new SyntaxError("m"), undefined])(
  "a part that is not what it was is configuration: %s",
  (cause) => {
    expect(missingPart(cause, "@x/core")).toMatchObject({
      code: "configuration",
      message: "a part of @x/core could not be loaded: its files were changed",
    });
  },
);
