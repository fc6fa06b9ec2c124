import type { NamedProof, Proof } from "./harness/proof.ts";

/** All proofs, in the order of the promises. Each has a folder of its name. */
export const proofs: readonly NamedProof[] = await load(`
  callers processes killed-holder paused-holder shared-stores restart-loop attempts blocks not-sent
  totp-window waits late-refusal not-a-login eviction ist leaks foreign-host hostile-answers answers replay outage
  model crash disk damage modes soak`);

/** Those that run only when they are asked for by name: they need more than a clone and what it installs. */
export const proofsByName: readonly NamedProof[] = await load("packages");

function load(names: string): Promise<NamedProof[]> {
  const loading = names
    .trim()
    .split(/\s+/)
    .map(async (name) => {
      const { proof } = (await import(`./${name}/proof.ts`)) as { readonly proof: Proof };
      return { name, ...proof };
    });
  return Promise.all(loading);
}
