import fc from "fast-check";
import type { ModelBroker } from "./model-broker.ts";
import { acts, carryOut, type ModelActName, type ModelStep } from "./model-step.ts";
import { type Death, type ModelFault, ModelSystem, startAt } from "./model-system.ts";
import type { FakeClock } from "@x/core/testing";

/** Runs one sequence from the beginning, and puts everything right after it. Rejects where a rule is broken. */
export async function runSequence(
  broker: ModelBroker,
  clock: FakeClock,
  steps: readonly ModelStep[],
): Promise<ModelSystem> {
  clock.set(startAt);
  broker.reset();
  const system = new ModelSystem(broker, clock);
  system.start({ pin: 0, totp: "right" });
  for (const step of steps) await carryOut(step, system);
  await system.recover();
  return system;
}

/** A sequence as it was printed when it broke a rule. @throws Error for other text */
export function parseSequence(text: string): readonly ModelStep[] {
  const steps: unknown = JSON.parse(text);
  if (!Array.isArray(steps)) throw new Error("a sequence of the model is a list of steps");
  return steps as readonly ModelStep[];
}

/** Random sequences, with the more frequent things more often. */
export function sequences(): fc.Arbitrary<readonly ModelStep[]> {
  return fc.array(anyStep(), { maxLength: 30, size: "max" });
}

const hourMs = 3_600_000;

function anyStep(): fc.Arbitrary<ModelStep> {
  const by = fc.nat({ max: 3 });
  const dies = fc.option(fc.record<Death>({ at: fc.integer({ min: 1, max: 14 }), acted: fc.boolean() }), {
    nil: undefined,
    freq: 2,
  });
  const act = (name: ModelActName): fc.Arbitrary<ModelStep> =>
    fc.record({ do: fc.constant(name), by, dies: acts[name].lives ? fc.constant(undefined) : dies });
  const byOne = <Name extends string>(name: Name) => fc.record({ do: fc.constant(name), by });

  const [session, read] = [act("session"), act("read")];
  const everybody = fc.record({
    do: fc.constant("everybody" as const),
    more: fc.nat({ max: 2 }),
    lapse: fc.constantFrom(undefined, undefined, true as const),
  });
  const start = fc.record({
    do: fc.constant("start" as const),
    pin: fc.constantFrom(0 as const, 0 as const, 0 as const, 1 as const, 2 as const),
    totp: fc.constantFrom(...(["right", "right", "right", "right", "wrong", "typed", "typed"] as const)),
  });
  const later = fc.record({
    do: fc.constant("later" as const),
    ms: fc.constantFrom(1_000, 29_000, 60_000, 660_000, hourMs, 3 * hourMs, 8 * hourMs, 25 * hourMs),
  });
  const begin = act("beginLogin");
  const answer = fc.oneof(
    ...(["right", "right", "right", "wrong", "resend", "late"] as const).map((word) => act(`answer ${word}`)),
  );
  const wanted = fc.record({ do: fc.constant("wanted" as const), by, times: fc.constantFrom(1, 3) });
  const contest = fc.record({
    do: fc.constant("contest" as const),
    by,
    times: fc.integer({ min: 2, max: 7 }),
    with: fc.constantFrom("other device" as const, "logout" as const),
  });
  const unlock = byOne("unlock" as const);
  const elsewhere = fc.record({
    do: fc.constantFrom(...(["other device", "session ends", "renewal ends", "support unlocks"] as const)),
  });
  const changed = fc.record({ do: fc.constant("MPIN is" as const), pin: fc.constantFrom(0 as const, 1 as const) });
  const jump = fc.record({
    do: fc.constant("clock is off" as const),
    ms: fc.constantFrom(0, 0, 2_000, -2_000, 40_000, -40_000, 90_000, -90_000, 600_000, -600_000),
  });
  const fault = fc.record({
    do: fc.constant("fault" as const),
    fault: fc.record<ModelFault>({
      kind: fc.constantFrom("500", "429", "page", "reset", "unreachable"),
      acted: fc.boolean(),
      times: fc.integer({ min: 1, max: 3 }),
    }),
  });
  const command = act("command");
  const often = [
    session,
    session,
    act("loginAll"),
    command,
    command,
    read,
    read,
    everybody,
    everybody,
    start,
    start,
    start,
    later,
    later,
    later,
  ];
  const byHand = [begin, begin, answer, answer, answer, act("enableTotp"), act("purge")];
  const byPrograms = [act("order"), act("burst"), act("person"), wanted, wanted, act("logout"), contest];
  const seldom = [...byHand, ...byPrograms, unlock, unlock, byOne("crash" as const)];
  const around = [elsewhere, elsewhere, changed, jump];
  return fc.oneof(...often, ...seldom, ...around, fault, fault);
}
