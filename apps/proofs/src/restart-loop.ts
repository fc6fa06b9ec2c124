import { openDesk } from "./desk.ts";
import { counted, exactly, type Proof } from "./proof.ts";

export const restartLoop: Proof = {
  name: "restart-loop",
  promises: ["P2"],
  bar: "100 restarts with a wrong MPIN: 1 submission at each broker",
  async run() {
    await using desk = await openDesk();
    for (let restart = 0; restart < 100; restart++) {
      const auth = desk.engine({ main: { mpin: "9999" }, hedge: { mpin: "999999" } });
      await auth.loginAll();
      desk.clock.advance(5_000);
    }
    return counted({
      "MPIN submissions at Nubra": exactly(desk.sandbox.journal.count({ step: "verifypin" }), 1),
      "at Kotak Neo": exactly(desk.sandbox.journal.count({ step: "validate" }), 1),
      sessions: exactly(desk.minted(), 0),
    });
  },
};
