import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';

import { ENGINE_NAMES, ENGINE_PROMISES } from '../../src/container/index.ts';
import { engineTitle, promiseTitle } from './contract/titles.ts';
import { engineResults, PROMISES, textTable, type EndedTest } from './contract/table.ts';

const PAGE = readFileSync(join(import.meta.dirname, '../../docs/engines.md'), 'utf8');

describe('the page of engines', () => {
  const rows = PAGE.slice(PAGE.indexOf('<!-- promises -->'))
    .split('\n')
    .filter((line) => line.startsWith('|'))
    .map((line) =>
      line
        .split('|')
        .slice(1, -1)
        .map((cell) => cell.trim()),
    );

  test('has a column for every engine and a row for every promise', () => {
    expect(rows[0]).toEqual(['Promise', 'What it says', ...ENGINE_NAMES]);
    expect(rows.slice(2).map(([name, says]) => [name, says])).toEqual(
      PROMISES.map((name) => [`\`${name}\``, ENGINE_PROMISES[name]]),
    );
  });

  test('says of each whether it is kept, and of what is not, why', () => {
    const verdicts = rows
      .slice(2)
      .flatMap(([name = '', , ...cells]) =>
        cells.map((verdict, at) => ({ name, engine: ENGINE_NAMES[at] ?? '', verdict })),
      );
    expect(verdicts.map(({ verdict }) => verdict)).not.toContain('FAILED');
    const unexplained = verdicts.filter(({ name, engine, verdict }) => {
      if (verdict === 'kept') return false;
      const section = PAGE.slice(PAGE.indexOf(`### ${engine}\n`)).split('\n### ')[0] ?? '';
      return !section.includes(`${name}, ${verdict} kept: `);
    });
    expect(unexplained).toEqual([]);
  });
});

describe('the table at the end of the tests', () => {
  const limitation = { kept: 'partly', sentence: 'Not quite (see there).' } as const;
  const ended = (engine: string, promise: string, state: string): EndedTest => ({
    suites: ['a file', engine, promise],
    state,
  });

  test('tells what was shown of each engine, and why one was not tested', () => {
    const tests = [
      ended(engineTitle('docker'), promiseTitle('argv'), 'passed'),
      ended(engineTitle('docker'), promiseTitle('memory', limitation), 'passed'),
      ended(engineTitle('docker'), promiseTitle('stop'), 'passed'),
      ended(engineTitle('docker'), promiseTitle('stop'), 'failed'),
      ended(`${engineTitle('podman')} (skipped: no Podman (here) answers)`, 'argv', 'skipped'),
      { suites: ['something else'], state: 'failed' },
    ];
    const [docker, podman, ...others] = engineResults(tests);
    expect(others).toEqual([]);
    expect(docker?.promises).toMatchObject({
      argv: { verdict: 'kept' },
      memory: { verdict: 'partly', limitation },
      stop: { verdict: 'failed' },
      gpu: { verdict: 'untested' },
    });
    expect(podman).toMatchObject({
      absent: 'no Podman (here) answers',
      promises: { argv: { verdict: 'untested' } },
    });
    const text = textTable(engineResults(tests)).join('\n');
    expect(text).toMatch(/^ {2}stop +FAILED +–$/m);
    expect(text).toContain('docker, memory (partly): Not quite (see there).');
    expect(text).toContain('podman was not tested: no Podman (here) answers');
  });

  test('is not printed where no engine was asked', () => {
    expect(textTable(engineResults([{ suites: [], state: 'passed' }]))).toEqual([]);
  });
});
