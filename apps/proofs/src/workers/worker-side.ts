// For files that run as a worker: what the proof has given them, and the line to it.

const orders: unknown[] = [];
let wake: (() => void) | undefined;
process.on("message", (order) => {
  orders.push(order);
  wake?.();
});
// A worker never outlives its proof.
process.once("disconnect", () => process.exit());

/** The plan as its file declares it. */
export function givenPlan(): unknown {
  return JSON.parse(process.argv[2] ?? "");
}

/** Resolves when the report was handed over, so that it is not lost when the process is killed afterwards. */
export function report(message: unknown): Promise<void> {
  return new Promise((resolve, reject) => {
    process.send?.(message, undefined, undefined, (error) => (error === null ? resolve() : reject(error)));
  });
}

export async function nextOrder<Order>(): Promise<Order> {
  while (orders.length === 0) await new Promise<void>((resolve) => (wake = resolve));
  return orders.shift() as Order;
}

/** Ends the process once nothing is left to do. */
export function leave(): void {
  process.disconnect();
}
