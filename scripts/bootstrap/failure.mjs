/**
 * A failure that a person can act on. It is shown as its one sentence, after the last words of the tool that failed;
 * never as a stack.
 */
export class Failure extends Error {
  /**
   * @param {string} sentence what happened, then what to do
   * @param {{ output?: string, exitCode?: number }} [details] what the failed tool printed; the exit code
   */
  constructor(sentence, { output = "", exitCode = 1 } = {}) {
    super(sentence);
    this.name = "Failure";
    this.output = output;
    this.exitCode = exitCode;
  }
}
