import { kotakNeo } from "@x/kotak-neo";
import { nubra } from "@x/nubra";

/** The adapters that the command knows. */
export const brokers: readonly [typeof nubra, typeof kotakNeo] = [nubra, kotakNeo];
