/** Sets the clock of this process forward: `Date` alone, which is what everything here tells the time by. */
export function shiftDate(shiftMs: number): void {
  const Host = globalThis.Date;
  if (shiftMs === 0 || Host.name !== "Date") return;
  class ShiftedDate extends Host {
    constructor(...given: readonly unknown[]) {
      if (given.length === 0) super(Host.now() + shiftMs);
      else super(...(given as [number]));
    }
    static override now(): number {
      return Host.now() + shiftMs;
    }
  }
  globalThis.Date = ShiftedDate as DateConstructor;
}

/** The variables that set the clock of a program of Node forward; none where there is nothing to set. */
export function shiftedDate(shiftMs: number): Readonly<Record<string, string>> {
  if (shiftMs === 0) return {};
  const code = `${shiftDate.toString()}\n(${shiftDate.name})(${shiftMs});`;
  return { NODE_OPTIONS: `--import=data:text/javascript,${encodeURIComponent(code)}` };
}
