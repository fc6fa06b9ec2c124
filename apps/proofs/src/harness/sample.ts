import type { ProofContext } from "./proof.ts";

/** All of them in the full form, so many random ones in the short one. */
export function sampled<Item>(items: readonly Item[], few: number, { scale, random }: ProofContext): readonly Item[] {
  return scale === "full" ? items : Array.from({ length: few }, () => oneOf(items, random));
}

/** A random one of a list that is not empty. */
export function oneOf<Item>(items: readonly Item[], random: () => number): Item {
  return items[Math.floor(random() * items.length)] as Item;
}
