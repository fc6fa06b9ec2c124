/** Work that is done one piece at a time, in the order in which it was asked for. */
export class Queue {
  #last: Promise<unknown> = Promise.resolve();

  /** Begins when everything before has ended, well or badly. */
  run<Result>(work: () => Promise<Result>): Promise<Result> {
    const turn = this.#last.then(work);
    this.#last = turn.catch(() => undefined);
    return turn;
  }
}
