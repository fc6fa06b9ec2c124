import { Desk, type DeskOptions } from "./desk.ts";
import { Scenarios } from "./scenarios.ts";

/** Opens a desk, at the sandbox with its scenarios. @throws BrokerAuthError `configuration` before anything is sent */
export async function openDesk(options: DeskOptions & { readonly downMs?: number }): Promise<Desk> {
  const { sandbox, configuration, downMs } = options;
  const desk = await Desk.open(options);
  // In a configuration of the user's nothing is put out of order, not even at the sandbox.
  if (sandbox !== undefined && configuration.own)
    desk.scenarios = await Scenarios.open(desk, sandbox, configuration, downMs);
  return desk;
}
