// A stranger's program on any runtime: its argument says where the sandbox is, and nothing else of the machine is used.
import type { KotakNeoAccount } from "@x/kotak-neo";
import type { NubraAccount } from "@x/nubra";
import { run } from "./web-program.ts";

interface Accounts {
  readonly main: { broker: "nubra" } & NubraAccount;
  readonly hedge: { broker: "kotak-neo" } & KotakNeoAccount;
}

// Each runtime has a way of its own to hand over arguments.
const { Deno, process } = globalThis as {
  readonly Deno?: { readonly args: readonly string[] };
  readonly process?: { readonly argv: readonly string[] };
};
const [accounts = ""] = Deno?.args ?? process?.argv.slice(2) ?? [];
const { main, hedge } = JSON.parse(accounts) as Accounts;
console.log(JSON.stringify({ result: await run(main, hedge, {}), runtime: navigator.userAgent }));
