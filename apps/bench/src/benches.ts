import type { Bench } from "./bench.ts";
import { callers } from "./callers.ts";
import { cli } from "./cli.ts";
import { cold } from "./cold.ts";
import { durable } from "./durable.ts";
import { fetchBench } from "./fetch.ts";
import { login } from "./login.ts";
import { memory } from "./memory.ts";
import { scale } from "./scale.ts";
import { shared } from "./shared.ts";
import { size } from "./size.ts";
import { store } from "./store.ts";
import { totp } from "./totp.ts";
import { warm } from "./warm.ts";

/** All benches, from the hottest path to what is paid once. */
export const benches: readonly Bench[] = [
  warm,
  callers,
  login,
  scale,
  durable,
  fetchBench,
  cold,
  cli,
  store,
  shared,
  totp,
  memory,
  size,
];
