import { expect, it } from "vitest";
import { openTestEnvironment } from "@x/test-environment";
import { ModelBroker } from "./model-broker.ts";
import { parseSequence, runSequence } from "./model-sequence.ts";
import { proof } from "./proof.ts";
import { runProof } from "../harness/proof-run.ts";

/** Sequences in which a random run once found a rule broken, or the watch wrong. */
const found = {
  "an MPIN that was written down and never left is one without an answer; with a second one unlock() opens the way at once":
    '[{"do":"everybody","more":0},{"do":"enableTotp","by":0,"dies":{"at":6,"acted":true}},{"do":"later","ms":90000000},{"do":"unlock","by":0},{"do":"read","by":0,"dies":{"at":10,"acted":false}},{"do":"unlock","by":0},{"do":"person","by":0}]',
  "a program that logs out with every call is stopped at the sixth session in ten minutes, and a person with nobody asked as well":
    '[{"do":"contest","by":0,"times":7,"with":"logout"},{"do":"person","by":0},{"do":"read","by":0}]',
  "a pause that was written with a clock that was off holds for a program that has measured the time since":
    '[{"do":"wanted","by":0,"times":1},{"do":"clock is off","ms":600000},{"do":"later","ms":28800000},{"do":"fault","fault":{"kind":"500","acted":false,"times":2}},{"do":"everybody","more":1,"lapse":true}]',
  "a silence of another program's attempt is taken back by nobody":
    '[{"do":"session","by":0},{"do":"fault","fault":{"kind":"500","acted":false,"times":2}},{"do":"purge","by":0},{"do":"everybody","more":1,"lapse":true}]',
  "unlock() of a program that was corrected is no further try for what was refused":
    '[{"do":"start","pin":0,"totp":"right"},{"do":"start","pin":2,"totp":"right"},{"do":"MPIN is","pin":1},{"do":"order","by":0},{"do":"unlock","by":2}]',
};

it.each(Object.entries(found))("%s", async (_rule, sequence) => {
  await using test = await openTestEnvironment();
  const system = await runSequence(new ModelBroker(test, "main"), parseSequence(sequence));
  expect(system.watch.broken).toBeUndefined();
});

it("a sequence that broke a rule runs again by itself, at each broker", async () => {
  const sequence = JSON.stringify([{ do: "session", by: 0 }]);
  const run = await runProof({ name: "model", ...proof }, { scale: "full", seed: 1, sequence });
  expect(run.figure).toContain("2 sequences, 2 steps");
  expect(run.holds).toBe(true);
});

it("a sequence that is none is said to be none", () => {
  expect(() => parseSequence('{"do":"read"}')).toThrow("list of steps");
});
