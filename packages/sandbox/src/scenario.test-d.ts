import { expectTypeOf, test } from "vitest";
import { type KotakNeoSandbox, type NubraSandbox, startKotakNeoSandbox, startNubraSandbox } from "./index.ts";

function play(nubra: NubraSandbox, kotakNeo: KotakNeoSandbox): void {
  nubra.setScenario("main", { name: "wrong-pin", times: 1, failureStyle: "empty" });
  kotakNeo.setScenario("hedge", { name: "wrong-ucc" });
  nubra.scenarios.set("main", { name: "wrong-otp" });
  for (const both of [nubra, kotakNeo]) both.setScenario("*", { name: "status", status: 503 });
  // @ts-expect-error misspelt
  nubra.setScenario("main", { name: "wrong-pn" });
  // @ts-expect-error the other broker's
  nubra.setScenario("main", { name: "wrong-ucc" });
  // @ts-expect-error the other broker's
  kotakNeo.setScenario("hedge", { name: "odd-success" });
  // @ts-expect-error misspelt
  nubra.scenarios.set("main", { name: "wrong-pn" });
  // @ts-expect-error misspelt
  nubra.scenarios.take("main", "wrong-pn");
  // @ts-expect-error misspelt
  kotakNeo.clearScenarios("hedge", "wrong-uc");
  // @ts-expect-error misspelt
  void startNubraSandbox({ scenarios: [{ account: "main", scenario: { name: "wrong-pn" } }] });
  // @ts-expect-error misspelt
  void startKotakNeoSandbox({ scenarios: [{ account: "hedge", scenario: { name: "wrong-uc" } }] });
}

test("a scenario that a broker does not have, or that is misspelt, does not compile", () => {
  expectTypeOf(play).toBeFunction();
  expectTypeOf<{ readonly name: string }>().not.toExtend<Parameters<NubraSandbox["setScenario"]>[1]>();
});
