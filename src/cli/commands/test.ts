import { posix } from 'node:path';

import { systemClock } from '../../base/clock.ts';
import { RunnerError } from '../../base/errors.ts';
import {
  descriptorTests,
  nearestName,
  type BoutiquesTest,
  type Descriptor,
} from '../../descriptor/index.ts';
import { renderTestResults, type TestResult } from '../../report/index.ts';
import { newRunId } from '../../store/index.ts';
import { optionalText, texts } from '../arguments.ts';
import { configurationFor, readDescriptorFile, type RunFlags } from '../../site/index.ts';
import { fileArgument, readOptions } from '../descriptor-flags.ts';
import {
  prepareTest,
  type PreparedTest,
  type TestContext,
} from '../descriptor-test/prepare-test.ts';
import { exitCodeOfTests, verifyTest } from '../descriptor-test/verify-test.ts';
import { executeWatched } from '../execute.ts';
import { openRuns } from '../../site/runs/index.ts';
import { textOptions } from '../terminal.ts';
import type { CommandRun } from '../commands.ts';

/**
 * `cyto-run test FILE`: the descriptor's own tests, each a run like any other. All are checked
 * before the first is run.
 */
export const test: CommandRun = async (args, { terminal }) => {
  const given = fileArgument(args['descriptor'], 'cyto-run test descriptor.json');
  const file = await readDescriptorFile(given, terminal.cwd, readOptions(args));
  const flags = args as unknown as RunFlags;
  const configuration = await configurationFor(terminal, flags);
  const cwd = optionalText(args['cwd']);
  const folder = cwd === undefined ? undefined : posix.resolve(terminal.cwd, cwd);
  const context = { file, flags, configuration, terminal, folder };
  const prepared: PreparedTest[] = [];
  for (const one of selected(file.descriptor, texts(args['only'])))
    prepared.push(await prepareTest(one, context));
  const results = await runTests(prepared, context);
  const { name } = file.descriptor;
  terminal.out(
    args['json'] === true
      ? `${JSON.stringify({ app: name, descriptor: file.path, tests: results }, null, 2)}\n`
      : renderTestResults(results, {
          ...textOptions(terminal, 'out'),
        }),
  );
  return exitCodeOfTests(results);
};

/** One after the other; after an interruption the others are left. */
async function runTests(
  prepared: readonly PreparedTest[],
  { configuration, terminal, flags }: TestContext,
): Promise<TestResult[]> {
  // Nothing is opened where nothing can run.
  if (!prepared.some((one) => 'prepared' in one))
    return prepared.flatMap((one) => ('result' in one ? [one.result] : []));
  using runs = await openRuns(terminal, configuration);
  const { store, engines } = runs;
  const verbose = flags.verbose === true;
  const results: TestResult[] = [];
  for (const [index, one] of prepared.entries()) {
    const { name } = one.test;
    if (results.some(({ code }) => code === 'canceled')) results.push(leftOut(name));
    else if ('result' in one) results.push(one.result);
    else {
      if (flags.quiet !== true) terminal.err(`test ${index + 1} of ${prepared.length}: ${name}\n`);
      const record = await executeWatched(
        { ...one.prepared, runId: newRunId(systemClock) },
        {
          store,
          engine: await engines.open(
            one.prepared.created.options.engine,
            one.prepared.created.options.cluster,
          ),
          terminal,
          configuration,
          verbose,
          quiet: !verbose,
          json: false,
          diagnostics: [],
        },
      );
      results.push(await verifyTest(one.test, record));
    }
  }
  return results;
}

const leftOut = (name: string): TestResult => ({
  name,
  verdict: 'not-run',
  code: 'canceled',
  faults: ['interrupted before it began'],
});

/** The tests of these names, or all. Throws `usage` where there is none. */
function selected(descriptor: Descriptor, only: readonly string[]): readonly BoutiquesTest[] {
  const tests = descriptorTests(descriptor);
  const names = tests.map(({ name }) => name);
  if (tests.length === 0)
    throw new RunnerError('usage', `${descriptor.name} has no tests of its own`, {
      hint:
        descriptor.dialect === 'boutiques-0.5'
          ? 'Add `tests` to the descriptor: a name, an invocation and assertions each.'
          : 'Only Boutiques descriptors have `tests`.',
    });
  const unknown = only.find((name) => !names.includes(name));
  if (unknown !== undefined) {
    const near = nearestName(unknown, names);
    throw new RunnerError('usage', `there is no test ${JSON.stringify(unknown)}`, {
      hint: near === undefined ? `There is ${names.join(', ')}.` : `Did you mean ${near}?`,
    });
  }
  return only.length === 0 ? tests : tests.filter(({ name }) => only.includes(name));
}
