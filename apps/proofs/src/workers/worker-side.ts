// For files that run as a worker: what the proof has given them, and the line to it.
import { on } from "node:events";

/** What a worker can be asked for, by name. Arguments and results go through JSON. */
export type Commands = Readonly<Record<string, (...given: never[]) => unknown>>;

/** From a worker: the result of a command, or a word in between. */
export interface Message {
  readonly result?: unknown;
  readonly word?: string;
}

interface Order {
  readonly name: string;
  readonly given: readonly unknown[];
}

const orders = on(process, "message");
// A worker never outlives its proof.
process.once("disconnect", () => process.exit());

/** The plan as its file declares it. */
export function givenPlan(): unknown {
  return JSON.parse(process.argv[2] ?? "");
}

/** Says a word to the proof. Resolves when it was handed over, so that it is not lost when the process is killed afterwards. */
export function say(word: string): Promise<void> {
  return send({ word });
}

/** Waits for the proof's word to go on. */
export async function goAhead(): Promise<void> {
  await nextOrder();
}

/** Carries out one command after the other until the process is told to end; then it closes what it has, and ends. */
export async function obey(commands: Commands, close: () => Promise<unknown> = async () => undefined): Promise<void> {
  await say("ready");
  for (let order = await nextOrder(); order !== "end"; order = await nextOrder()) {
    const { name, given } = order as Order;
    await send({ result: (await commands[name]!(...(given as never[]))) ?? null });
  }
  await close();
  process.disconnect();
}

async function nextOrder(): Promise<unknown> {
  return ((await orders.next()).value as readonly unknown[])[0];
}

function send(message: Message): Promise<void> {
  return new Promise((resolve, reject) => {
    process.send?.(message, undefined, undefined, (error) => (error === null ? resolve() : reject(error)));
  });
}
