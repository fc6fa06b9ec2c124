import { isBrokerAuthError } from "@x/core";
import { openTestEnvironment } from "@x/test-environment";
import { counted, exactly, type Proof } from "../harness/proof.ts";

export const proof: Proof = {
  promises: ["P1", "P11"],
  bar: "1 login for each account; only the aborted callers reject",
  async run({ scale, random }) {
    await using test = await openTestEnvironment();
    const auth = test.engine();
    const count = scale === "full" ? 10_000 : 1_000;
    let wrongly = 0;
    let kept = 0;
    const call = async (account: "main" | "hedge", aborts: boolean): Promise<void> => {
      const gone = new AbortController();
      const wait = auth.session(account, aborts ? { signal: gone.signal } : {});
      if (aborts) queueMicrotask(() => gone.abort());
      try {
        await wait;
        kept += aborts ? 1 : 0;
      } catch (error) {
        if (!aborts || !isBrokerAuthError(error) || error.code !== "aborted") wrongly += 1;
      }
    };
    const all = Array.from({ length: count }, (_, index) => call(index % 2 === 0 ? "main" : "hedge", random() < 1 / 3));
    await Promise.all(all);
    return counted({
      "logins at Nubra": exactly(test.minted("main"), 1),
      "logins at Kotak Neo": exactly(test.minted("hedge"), 1),
      [`of ${count} callers rejected wrongly`]: exactly(wrongly, 0),
      "aborted callers kept waiting": exactly(kept, 0),
    });
  },
};
