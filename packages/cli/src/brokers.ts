import { angelOne } from "@x/angel-one";
import { kotakNeo } from "@x/kotak-neo";
import { nubra } from "@x/nubra";
import { zerodha } from "@x/zerodha";

/** The adapters that the command knows. */
export const brokers: readonly [typeof nubra, typeof kotakNeo, typeof zerodha, typeof angelOne] = [
  nubra,
  kotakNeo,
  zerodha,
  angelOne,
];
