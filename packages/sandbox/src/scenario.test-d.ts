import { expectTypeOf, test } from "vitest";
import type { KotakNeoSandbox, NubraSandbox } from "./index.ts";

function play(nubra: NubraSandbox, kotakNeo: KotakNeoSandbox): void {
  nubra.setScenario("main", { name: "wrong-pin", times: 1, failureStyle: "empty" });
  kotakNeo.setScenario("hedge", { name: "wrong-ucc" });
  for (const both of [nubra, kotakNeo]) both.setScenario("*", { name: "status", status: 503 });
  // @ts-expect-error misspelt
  nubra.setScenario("main", { name: "wrong-pn" });
  // @ts-expect-error the other broker's
  nubra.setScenario("main", { name: "wrong-ucc" });
  // @ts-expect-error the other broker's
  kotakNeo.setScenario("hedge", { name: "odd-success" });
}

test("a scenario that a broker does not have, or that is misspelt, does not compile", () => {
  expectTypeOf(play).toBeFunction();
  expectTypeOf<{ readonly name: string }>().not.toExtend<Parameters<NubraSandbox["setScenario"]>[1]>();
});
