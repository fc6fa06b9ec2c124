import { answers } from "./answers.ts";
import { attempts } from "./attempts.ts";
import { blocks } from "./blocks.ts";
import { callers } from "./callers.ts";
import { crash } from "./crash.ts";
import { damage } from "./damage.ts";
import { disk } from "./disk.ts";
import { eviction } from "./eviction.ts";
import { foreignHost } from "./foreign-host.ts";
import { handOver } from "./hand-over.ts";
import { hostileAnswers } from "./hostile-answers.ts";
import { ist } from "./ist.ts";
import { killedHolder } from "./killed-holder.ts";
import { lateRefusal } from "./late-refusal.ts";
import { leaks } from "./leaks.ts";
import { modes } from "./modes.ts";
import { model } from "./model.ts";
import { notALogin } from "./not-a-login.ts";
import { notSent } from "./not-sent.ts";
import { pausedHolder } from "./paused-holder.ts";
import { processes } from "./processes.ts";
import { outage } from "./outage.ts";
import { packages } from "./packages.ts";
import type { Proof } from "./proof.ts";
import { replay } from "./replay.ts";
import { restartLoop } from "./restart-loop.ts";
import { soak } from "./soak.ts";
import { totpWindow } from "./totp-window.ts";
import { waits } from "./waits.ts";

/** All proofs, in the order of the promises. */
export const proofs: readonly Proof[] = [
  callers,
  processes,
  killedHolder,
  pausedHolder,
  handOver,
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
