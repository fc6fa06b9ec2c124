import { openTestEnvironment } from "@x/test-environment";
import { counted, exactly, type Proof } from "../harness/proof.ts";

export const proof: Proof = {
  promises: ["P2"],
  bar: "100 restarts with a wrong MPIN: 1 submission at each broker",
  async run() {
    await using test = await openTestEnvironment();
    for (let restart = 0; restart < 100; restart++) {
      const auth = test.engine({ main: { mpin: "9999" }, hedge: { mpin: "999999" } });
      await auth.loginAll();
      test.clock.advance(5_000);
    }
    return counted({
      "MPIN submissions at Nubra": exactly(test.sandbox.journal.count({ step: "verifypin" }), 1),
      "at Kotak Neo": exactly(test.sandbox.journal.count({ step: "validate" }), 1),
      sessions: exactly(test.minted(), 0),
    });
  },
};
