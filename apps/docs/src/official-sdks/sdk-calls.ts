// A program that makes calls of an official SDK, one after the other, and prints what came of each as a line of JSON.
import { createRequire } from "node:module";

export interface SdkPlan {
  readonly library: "kiteconnect" | "smartapi-javascript";
  readonly options: Readonly<Record<string, unknown>>;
  /** Method and arguments. */
  readonly calls: readonly (readonly [method: string, ...given: unknown[]])[];
}

/** What came of a call: what it resolved with, or what it was rejected by. */
export type SdkAnswer = { readonly resolved: unknown } | { readonly rejected: unknown };

type Methods = Record<string, (...given: readonly unknown[]) => unknown>;
type Library = Record<"KiteConnect" | "SmartAPI", new (options: unknown) => Methods>;

const plan = JSON.parse(process.env["SDK_PLAN"] ?? "") as SdkPlan;
const library = createRequire(import.meta.url)(plan.library) as Library;
const sdk = new library[plan.library === "kiteconnect" ? "KiteConnect" : "SmartAPI"](plan.options);
for (const [method, ...given] of plan.calls) {
  let answer: SdkAnswer;
  try {
    answer = { resolved: (await sdk[method]!(...given)) ?? null };
  } catch (error) {
    answer = { rejected: error };
  }
  process.stdout.write(`${JSON.stringify(answer)}\n`);
}
