import { startVitest } from 'vitest/node';

/** What one file's tests came to. */
export interface FileReport {
  readonly passed: number;
  /** Title and message of each that failed, and what kept the file from being run. */
  readonly failures: readonly string[];
}

/*
 * Runs one file of tests by itself, as whoever this process is, writing nothing into the repository:
 * `node run-test-file.ts FILE`. Prints a `FileReport` as its last line.
 */
const [file = ''] = process.argv.slice(2);
const vitest = await startVitest([file], {
  config: false,
  watch: false,
  include: [file],
  reporters: [{}],
  testTimeout: 120_000,
});
const modules = vitest.state.getTestModules();
const tests = modules.flatMap((module) => [...module.children.allTests()]);
const report: FileReport = {
  passed: tests.filter((test) => test.result().state === 'passed').length,
  failures: [
    ...modules.flatMap((module) => module.errors().map(({ message }) => message)),
    ...vitest.state.getUnhandledErrors().map(String),
    ...tests.flatMap((test) =>
      (test.result().errors ?? []).map(({ message }) => `${test.fullName}: ${message}`),
    ),
  ],
};
process.stdout.write(`\n${JSON.stringify(report)}\n`);
await vitest.close();
