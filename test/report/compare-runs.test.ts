import fc from 'fast-check';
import { expect, test } from 'vitest';
import { compareRuns, renderComparison } from '../../src/report/index.ts';
import { foldEvents } from '../../src/runner/index.ts';
import { exampleRun } from '../support/example-run.ts';
import { eventLog } from '../support/run-arbitraries.ts';

const before = exampleRun();
const [output] = before.outputs;

test('the same again is reproduced', () => {
  const comparison = compareRuns(before, { ...before, runId: 'again', host: 'elsewhere' });
  expect(comparison).toMatchObject({ causes: [], reproduced: true });
  expect(renderComparison(comparison)).toBe(
    'Reproduced: 1 output, every byte as in 20261121-101500-abcde\n',
  );
});

test('every cause is named with both sides, every output with its result', () => {
  const after = {
    ...before,
    runId: 'again',
    runnerVersion: '0.2.0',
    app: { ...before.app, descriptorSha256: 'f'.repeat(64) },
    image: { ...before.image!, digest: 'sha256:new' },
    options: { ...before.options, network: 'none' as const, environment: { A: '1' } },
    parameters: before.parameters.map((parameter) =>
      parameter.inputId === 'host' ? { ...parameter, value: 'other' } : parameter,
    ),
    inputs: before.inputs.slice(1),
    outputs: [
      { ...output!, sha256: '0'.repeat(64), sizeBytes: 5 },
      { ...output!, path: 'new.csv' },
    ],
  };
  const comparison = compareRuns(
    { ...before, outputs: [output!, { ...output!, path: 'gone.csv' }] },
    after,
  );
  expect(comparison.causes.map(({ what, name }) => [what, name].join(' ').trim())).toEqual([
    'descriptor',
    'image',
    'input in /home/ada/slides/in',
    'parameter host',
    'option network',
    'option env A',
    'runner',
  ]);
  expect(comparison.outputs.map(({ path, result }) => [path, result])).toEqual([
    ['gone.csv', 'missing'],
    ['new.csv', 'new'],
    [output!.path, 'different'],
  ]);
  expect(comparison.reproduced).toBe(false);
  const text = renderComparison(comparison);
  expect(text).toContain('Not reproduced: 0 of 3 outputs as in 20261121-101500-abcde\n');
  expect(text).toContain('  parameter host: h -> other\n');
  expect(text).toMatch(/ {2}different +sub folder\/mask #1.tif +1\.23 MB -> 5 B\n/);
  expect(text).toMatch(/ {2}missing +gone.csv +1\.23 MB -> -\n/);
});

test('an app that varies by itself is called so', () => {
  const after = { ...before, outputs: [{ ...output!, sha256: '0'.repeat(64) }] };
  expect(renderComparison(compareRuns(before, after))).toContain('the app itself varies');
});

test('two failures have reproduced nothing', () => {
  const failed = exampleRun('EXECUTOR_ERROR');
  expect(compareRuns(failed, failed).reproduced).toBe(false);
  expect(renderComparison(compareRuns(before, failed))).toContain('this run EXECUTOR_ERROR');
  const empty = { ...before, outputs: [] };
  expect(compareRuns(empty, empty).reproduced).toBe(false);
});

test('any run compared with itself differs in nothing, and the other way round is the other way round', () => {
  fc.assert(
    fc.property(eventLog.map(foldEvents), eventLog.map(foldEvents), (one, other) => {
      expect(compareRuns(one, one).causes).toEqual([]);
      expect(compareRuns(one, one).outputs.every(({ result }) => result === 'same')).toBe(true);
      expect(compareRuns(one, other).causes.length).toBe(compareRuns(other, one).causes.length);
    }),
    { numRuns: 100 },
  );
});
