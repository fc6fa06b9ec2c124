import { answers } from "./answers/proof.ts";
import { attempts } from "./attempts/proof.ts";
import { blocks } from "./blocks/proof.ts";
import { callers } from "./callers/proof.ts";
import { crash } from "./crash/proof.ts";
import { damage } from "./damage/proof.ts";
import { disk } from "./disk/proof.ts";
import { eviction } from "./eviction/proof.ts";
import { foreignHost } from "./foreign-host/proof.ts";
import { handOver } from "./hand-over/proof.ts";
import { hostileAnswers } from "./hostile-answers/proof.ts";
import { ist } from "./ist/proof.ts";
import { killedHolder } from "./killed-holder/proof.ts";
import { lateRefusal } from "./late-refusal/proof.ts";
import { leaks } from "./leaks/proof.ts";
import { modes } from "./modes/proof.ts";
import { model } from "./model/proof.ts";
import { notALogin } from "./not-a-login/proof.ts";
import { notSent } from "./not-sent/proof.ts";
import { pausedHolder } from "./paused-holder/proof.ts";
import { processes } from "./processes/proof.ts";
import { outage } from "./outage/proof.ts";
import { packages } from "./packages/proof.ts";
import type { Proof } from "./harness/proof.ts";
import { replay } from "./replay/proof.ts";
import { restartLoop } from "./restart-loop/proof.ts";
import { sharedStores } from "./shared-stores/proof.ts";
import { soak } from "./soak/proof.ts";
import { totpWindow } from "./totp-window/proof.ts";
import { waits } from "./waits/proof.ts";

/** All proofs, in the order of the promises. */
export const proofs: readonly Proof[] = [
  callers,
  processes,
  killedHolder,
  pausedHolder,
  handOver,
  sharedStores,
  restartLoop,
  attempts,
  blocks,
  notSent,
  totpWindow,
  waits,
  lateRefusal,
  notALogin,
  eviction,
  ist,
  leaks,
  foreignHost,
  hostileAnswers,
  answers,
  replay,
  outage,
  model,
  crash,
  disk,
  damage,
  modes,
  soak,
];

/** Those that run only when they are asked for by name: they need more than a clone and what it installs. */
export const proofsByName: readonly Proof[] = [packages];
