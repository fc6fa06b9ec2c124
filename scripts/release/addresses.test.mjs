import fs from "node:fs";
import path from "node:path";
import { describe, expect, it } from "vitest";
import { addressesAt, repositoryHome, withAbsoluteLinks } from "./addresses.mjs";

const root = path.join(import.meta.dirname, "../..");
const manifestOf = (file) => JSON.parse(fs.readFileSync(path.join(root, file), "utf8"));

describe("the project's address", () => {
  it.each(["package.json", ...fs.globSync("packages/*/package.json", { cwd: root })])(
    "is in %s what the root's package.json says",
    (file) => {
      const directory = file === "package.json" ? undefined : path.dirname(file).split(path.sep).join("/");
      const { repository, homepage, bugs } = manifestOf(file);
      expect({ repository, homepage, bugs }).toEqual(addressesAt(repositoryHome(root), directory));
    },
  );

  it.each(fs.globSync("packages/*/package.json", { cwd: root }))("stands in the packed README of %s", (file) => {
    const { scripts } = manifestOf(file);
    expect(scripts.postpack).toBe(`${scripts.prepack} --restore`);
  });
});

describe("a packed README", () => {
  const home = "https://code.example/team/broker-auth";
  const packed = (text) => withAbsoluteLinks(text, home, "packages/nubra");

  it("leads to files and folders of the repository by its address", () => {
    expect(packed("[one](../../docs/errors.md#aborted) [two](../core) [three](../stores/README.md)")).toBe(
      `[one](${home}/blob/main/docs/errors.md#aborted) [two](${home}/tree/main/packages/core) [three](${home}/blob/main/packages/stores/README.md)`,
    );
  });

  it("keeps addresses and links within its page", () => {
    const text = "[one](https://nubra.io) [two](#options) [three](mailto:team@code.example)";
    expect(packed(text)).toBe(text);
  });
});
