// The adapters of these programs. Which of them is used, and for which account, is for the configuration to say.
import { angelOne } from "@x/angel-one";
import { kotakNeo } from "@x/kotak-neo";
import { nubra } from "@x/nubra";
import { zerodha } from "@x/zerodha";

export const brokers: readonly [typeof nubra, typeof kotakNeo, typeof zerodha, typeof angelOne] = [
  nubra,
  kotakNeo,
  zerodha,
  angelOne,
];
