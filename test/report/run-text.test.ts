import fc from 'fast-check';
import { stripVTControlCharacters } from 'node:util';
import { describe, expect, test } from 'vitest';
import {
  columnsOf,
  renderDryRun,
  renderOutcome,
  renderOutputs,
  renderRun,
  renderRunList,
} from '../../src/report/index.ts';
import { foldEvents, type DryRun } from '../../src/runner/index.ts';
import { exampleRun } from '../support/example-run.ts';
import { eventLog } from '../support/run-arbitraries.ts';

const now = new Date('2026-11-21T12:20:00Z');
const tail =
  'Traceback:\n\u001b[31mValueError\u001b[0m: odd\u001b]0;title\u0007\n  5%\r 50%\r100%\n';

describe('show', () => {
  test('a complete run says what ran, with what, and what it left', () => {
    const text = renderRun(exampleRun(), { now });
    for (const words of [
      'Run 20261121-101500-abcde  COMPLETE',
      'tissue-detect 1.2.0, 2 h ago, waited 6 s, took 39 s',
      `sha256:${'d'.repeat(64)}`,
      "the image's entrypoint with",
      `python run.py --private_key '*****' --title 'it'"'"'s one' --block \\`,
      'code 0, peak memory 312 MB, 12 s of CPU',
      'memory 4.00 GB, all cores, 2048 processes, 15 min of time',
      'network bridge, read-only root, user 1000:1000',
      'OMP_NUM_THREADS=2',
      'image/tiff  sha256:777777777777',
    ])
      expect(text).toContain(words);
    expect(text).toMatch(/block +951\.0 +default/);
    expect(text).toMatch(/run +15 s/);
    expect(text).not.toContain('Why it ended');
  });

  test('a failed run says why first, with the last lines of its output', () => {
    const text = renderRun(exampleRun('EXECUTOR_ERROR'), { now, stderrTail: tail });
    expect(text.indexOf('app-exit: the app ended with exit code 1')).toBeLessThan(
      text.indexOf('Image'),
    );
    expect(text).toContain('  Traceback:\n  ValueError: odd\n  100%\n');
    expect(text).toContain('What it left behind in /home/ada/slides/out');
    expect(text).toContain('gpu-absent: no GPU here');
  });

  test('a run that still runs is told as such', () => {
    expect(renderRun(exampleRun('RUNNING'), { now })).toContain('for 2 h 5 min, 40 %');
  });

  test('any record makes a page that no terminal obeys; colours change nothing but colours', () => {
    fc.assert(
      fc.property(eventLog, fc.integer({ min: 20, max: 200 }), (events, width) => {
        const record = foldEvents(events);
        const plain = renderRun(record, { now, width, stderrTail: tail });
        // eslint-disable-next-line no-control-regex -- these must not come out
        expect(plain).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f]/);
        const colored = renderRun(record, { now, width, stderrTail: tail, color: true });
        expect(stripVTControlCharacters(colored)).toBe(plain);
        expect(renderOutcome(record, { width, stderrTail: tail })).toContain(record.state);
      }),
      { numRuns: 200 },
    );
  });

  test('the example fits 80 columns', () => {
    const wide = [
      renderRun(exampleRun('EXECUTOR_ERROR'), { now, stderrTail: tail }),
      renderOutcome(exampleRun()),
      renderDryRun(dryRun),
    ]
      .flatMap((text) => text.split('\n'))
      .filter((line) => columnsOf(line) > 80);
    // A digest is there to be copied, and stands alone on its line.
    expect(wide.filter((line) => !line.includes('registry.example.org'))).toEqual([]);
  });
});

describe('closing lines', () => {
  test('name the outputs, then what to type next', () => {
    expect(renderOutcome(exampleRun())).toBe(
      [
        'COMPLETE  tissue-detect 1.2.0 in 39 s after waiting 6 s',
        '',
        '1 output written in /home/ada/slides/out',
        '  sub folder/mask #1.tif  1.23 MB  image/tiff  sha256:777777777777',
        '',
        '  cyto-run show 20261121-101500-abcde   everything about this run',
        '  cyto-run logs 20261121-101500-abcde   what the app printed',
        '  cyto-run rerun 20261121-101500-abcde  the same again, and compare',
        '',
      ].join('\n'),
    );
  });

  test('of a failed run begin with why, and what it printed last', () => {
    const text = renderOutcome(exampleRun('EXECUTOR_ERROR'), { stderrTail: tail });
    expect(text.split('\n').slice(0, 7)).toEqual([
      'EXECUTOR_ERROR  tissue-detect 1.2.0 in 45 s after waiting 6 s',
      '  app-exit: the app ended with exit code 1',
      '  Its whole output is in `cyto-run logs`.',
      '',
      '  | Traceback:',
      '  | ValueError: odd',
      '  | 100%',
    ]);
    expect(text).toContain('1 output left behind, perhaps unfinished');
  });

  test('count what is too much to list', () => {
    const record = exampleRun();
    const [output] = record.outputs;
    const many = Array.from({ length: 25 }, (_, index) => ({ ...output!, path: `${index}.tif` }));
    const text = renderOutcome({ ...record, outputs: many });
    expect(text).toContain('25 outputs written');
    expect(text).toContain('  and 15 more');
  });
});

describe('lists', () => {
  const summary = {
    runId: 'run-1',
    app: { name: 'a'.repeat(90) },
    createdAt: '2026-11-21T12:00:00Z',
  };

  test('of runs keep to the width and say why one failed', () => {
    const text = renderRunList(
      [
        {
          ...summary,
          state: 'EXECUTOR_ERROR',
          endedAt: '2026-11-21T12:01:05Z',
          failureCode: 'app-exit',
        },
        { ...summary, state: 'RUNNING', percent: 40 },
        { ...summary, state: 'CANCELED', endedAt: '2026-11-21T12:01:05Z', failureCode: 'canceled' },
      ],
      { now, width: 100 },
    );
    const lines = text.trimEnd().split('\n');
    expect(lines.map((line) => columnsOf(line) <= 100)).toEqual([true, true, true, true]);
    expect(lines[0]).toMatch(/^RUN +STATE +APP +STARTED +TOOK$/);
    expect(lines[1]).toMatch(/20 min ago +1 min 5 s +app-exit$/);
    expect(lines[2]).toMatch(/20 min +40 %$/);
    expect(lines[3]).toMatch(/1 min 5 s$/);
    expect(renderRunList([], { now })).toBe('No runs.\n');
  });

  test('of outputs of a run that has not ended tell so', () => {
    const running = { ...exampleRun('RUNNING'), outputs: [] };
    expect(renderOutputs(running, {})).toContain('has not ended (RUNNING)');
    expect(renderOutputs({ ...running, state: 'COMPLETE' }, {})).toContain('left no outputs.');
  });

  test('of outputs tell whether they are still what they were', () => {
    expect(renderOutputs(exampleRun(), { checks: ['changed'] })).toBe(
      '/home/ada/slides/out/sub folder/mask #1.tif  changed\n  out, 1.23 MB, image/tiff, sha256:777777777777\n',
    );
  });
});

const { app, parameters, container, folders } = exampleRun();
const dryRun: DryRun = {
  app,
  parameters,
  engine: { name: 'docker', reason: 'the default' },
  image: { reference: 'demo:1', present: 'unknown', pull: 'missing', build: false },
  command: { entrypoint: 'image', argv: container!.argv, files: ['config.json'] },
  environment: container!.environment,
  workingDirectory: '/cyto/work',
  mounts: container!.mounts,
  scheduler: [],
  limits: { ...container!.limits, stopGraceMs: 10_000 },
  security: container!.security,
  folders,
  outputs: [{ id: 'mask', name: 'Mask', path: 'mask_*.tif', list: true, optional: false }],
  warnings: [{ code: 'cytomine.unused', message: 'input x is never used' }],
};

describe('dry run', () => {
  test('says everything that would be done, and that nothing was', () => {
    const text = renderDryRun(dryRun);
    expect(text).toMatch(/^Dry run of tissue-detect 1\.2\.0 .*nothing was started\n/);
    for (const words of [
      'demo:1  would be pulled if it is not here',
      'docker: the default',
      'config.json',
      'no time limit',
      'mask_*.tif',
      'required, list',
      'cytomine.unused: input x is never used',
    ])
      expect(text).toContain(words);
  });

  test.each([
    [{ present: true, pull: 'missing', build: false }, 'is here'],
    [{ present: false, pull: 'missing', build: false }, 'would be pulled'],
    [{ present: false, pull: 'never', build: false }, 'this would fail'],
    [{ present: true, pull: 'always', build: false }, 'would be pulled'],
    [{ present: false, pull: 'never', build: true }, 'would be built'],
  ] as const)('an image %j %s', (image, words) => {
    expect(renderDryRun({ ...dryRun, image: { reference: 'demo:1', ...image } })).toContain(words);
  });

  test('a shell line is shown as the shell gets it', () => {
    const command = {
      entrypoint: 'replaced' as const,
      argv: ['/bin/sh', '-c', "echo 'a b' > x"],
      shellLine: "echo 'a b' > x",
      files: [],
    };
    expect(renderDryRun({ ...dryRun, command })).toContain("/bin/sh -c\n         echo 'a b' > x\n");
  });
});
