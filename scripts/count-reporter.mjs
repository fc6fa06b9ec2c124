/** Ends a run on one countable line, "N passed, N failed", which vitest's own summary is not. */
export default class CountReporter {
  onTestRunEnd(modules, unhandled) {
    const n = { passed: 0, failed: unhandled.length, skipped: 0 };
    for (const file of modules) {
      const tests = [...file.children.allTests()].map((test) => test.result().state);
      for (const state of tests) n[state in n ? state : "skipped"]++;
      // A file that failed without a failed test of its own, e.g. on a broken import.
      if (file.state() === "failed" && (tests.length === 0 || file.errors().length > 0)) n.failed++;
    }
    const skipped = n.skipped ? `, ${n.skipped} skipped` : "";
    // On exit, so that it stays the last line: the coverage table is printed after the run has ended.
    process.on("exit", () => console.log(`${n.passed} passed, ${n.failed} failed${skipped}`));
  }
}
