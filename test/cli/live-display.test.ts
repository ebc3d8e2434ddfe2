import { describe, expect, test } from 'vitest';
import { frame } from '../../src/cli/display/frame.ts';
import { liveDisplay, type DisplayOptions, type LiveDisplay } from '../../src/cli/live-display.ts';
import { columnsOf } from '../../src/report/index.ts';
import { foldEvents, type EventBody, type RunRecord } from '../../src/runner/index.ts';
import { ManualClock } from '../support/manual-clock.ts';
import { createdFacts } from '../support/run-values.ts';
import { Screen } from '../support/screen.ts';

interface Watched {
  readonly display: LiveDisplay;
  readonly clock: ManualClock;
  /** Each call of `write`. */
  readonly written: string[];
  /** A run's newest record, after these events. */
  readonly record: (...bodies: EventBody[]) => RunRecord;
  /** Lets time pass, and what waited for it run. */
  readonly pass: (ms: number) => Promise<void>;
}

function watch(options: Partial<DisplayOptions> = {}): Watched {
  const clock = new ManualClock();
  const written: string[] = [];
  const log: EventBody[] = [{ type: 'created', ...createdFacts() }];
  const begun = clock.now().toISOString();
  return {
    clock,
    written,
    display: liveDisplay({
      write: (text) => written.push(text),
      clock,
      isTerminal: true,
      color: false,
      width: 60,
      verbose: false,
      logFormat: 'text',
      ...options,
    }),
    record: (...bodies) => {
      log.push(...bodies);
      return foldEvents(
        log.map((body, index) => ({ ...body, runId: 'run-1', seq: index + 1, at: begun })),
      );
    },
    pass: async (ms) => {
      for (let passed = 0; passed < ms; passed += 50) {
        clock.advance(Math.min(50, ms - passed));
        // Whoever was woken runs in microtasks, and may wait again.
        for (let turn = 0; turn < 10; turn += 1) await Promise.resolve();
      }
    },
  };
}

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
const RUNNING: EventBody[] = [
  { type: 'state', state: 'INITIALIZING' },
  { type: 'phase', phase: 'stage' },
  { type: 'state', state: 'RUNNING' },
  { type: 'phase', phase: 'run' },
];
const DONE: EventBody[] = [
  { type: 'exit', exitCode: 0, outOfMemory: false },
  { type: 'phase', phase: 'collect' },
  { type: 'state', state: 'COMPLETE' },
];

describe('on a terminal', () => {
  test('the state, the progress, the time and the last line are drawn in place', async () => {
    const { display, record, pass, written } = watch();
    const screen = new Screen(60);
    display.onRecord?.(record(...RUNNING));
    display.onOutput?.({ stream: 'stdout', bytes: bytes('first line\nsecond line\n') });
    await pass(5_000);
    display.onRecord?.(record({ type: 'progress', percent: 42, message: 'Segmenting' }));
    await pass(1_000);
    screen.write(written.splice(0).join(''));
    expect(screen.lines()).toEqual([
      expect.stringMatching(/^RUNNING {2}demo 1 {2}█+░+ {2}42 % {2}0:06$/),
      '  Segmenting',
      '  second line',
    ]);
    display.close(record(...DONE));
    screen.write(written.splice(0).join(''));
    expect(screen.lines()).toEqual([]);
  });

  test('a pull shows its bytes', async () => {
    const { display, record, pass, written } = watch();
    display.onRecord?.(
      record({ type: 'state', state: 'INITIALIZING' }, { type: 'phase', phase: 'pull' }),
    );
    display.onPull?.({ receivedBytes: 120e6, totalBytes: 312e6, status: 'Downloading' });
    await pass(1_000);
    const screen = new Screen(60);
    screen.write(written.join(''));
    expect(screen.lines()[0]).toMatch(
      /^INITIALIZING {2}demo 1 {2}█+░+ {2}120 MB of 312 MB {2}0:01$/,
    );
    expect(screen.lines()[1]).toBe('  Downloading');
    display.close();
  });

  test('a flood of output is drawn ten times a second, and an idle run once', async () => {
    const { display, record, pass, written } = watch();
    display.onRecord?.(record(...RUNNING));
    await pass(1_000);
    written.length = 0;
    for (let turn = 0; turn < 40; turn += 1) {
      for (let line = 0; line < 100; line += 1)
        display.onOutput?.({ stream: 'stdout', bytes: bytes(`line ${line}\n`) });
      await pass(50);
    }
    expect(written.length).toBeGreaterThan(10);
    expect(written.length).toBeLessThanOrEqual(21);
    await pass(1_000);
    written.length = 0;
    await pass(5_000);
    expect(written.length).toBe(5);
    display.close();
  });

  test("an app's escape sequences never reach the terminal", async () => {
    const { display, record, pass, written } = watch();
    display.onRecord?.(record(...RUNNING));
    display.onOutput?.({
      stream: 'stderr',
      bytes: bytes('\u001b[2J\u001b]0;owned\u0007\u001b[10Aevil\u009b5m\u0008\u0000 漢字 line\n'),
    });
    display.onRecord?.(record({ type: 'progress', percent: 1, message: '\u001b[31mred\u202e' }));
    await pass(1_000);
    display.close(record(...DONE));
    // eslint-disable-next-line no-control-regex -- what drawing in place needs
    const ours = written.join('').replaceAll(/\r|\n|\u001b\[\d*[AKJ]/g, '');
    // eslint-disable-next-line no-control-regex -- these must not come out
    expect(ours).not.toMatch(/[\u0000-\u001f\u007f-\u009f\u202e]/);
    expect(ours).toContain('evil');
    expect(ours).not.toContain('owned');
  });

  test('with -v the lines run through above what is drawn; a bar shows its last state', async () => {
    const { display, record, pass, written } = watch({ verbose: true, color: true });
    const screen = new Screen(60);
    display.onRecord?.(record(...RUNNING));
    await pass(1_000);
    display.onOutput?.({ stream: 'stdout', bytes: bytes('one\n\u001b[31mtw') });
    display.onOutput?.({ stream: 'stderr', bytes: bytes('warning\n') });
    display.onOutput?.({ stream: 'stdout', bytes: bytes('o\u001b[0m\u001b[2J\n 5%|\r 50%|\r') });
    await pass(200);
    screen.write(written.join(''));
    expect(screen.lines()).toEqual(['one', 'warning', 'two', expect.stringMatching(/^RUNNING/)]);
    display.say('stopping the app');
    display.close(record(...DONE));
    screen.clear();
    screen.write(written.join(''));
    expect(screen.lines()).toEqual(['one', 'warning', 'two', 'stopping the app', ' 50%|']);
  });

  test('after closing nothing is drawn any more', async () => {
    const { display, record, pass, written } = watch();
    display.onRecord?.(record(...RUNNING));
    display.onOutput?.({ stream: 'stdout', bytes: bytes('x\n') });
    display.close(record(...DONE));
    written.length = 0;
    await pass(5_000);
    expect(written).toEqual([]);
  });

  test('whatever the width, no drawn line is wider', () => {
    const { record } = watch();
    const view = {
      record: record(...RUNNING, { type: 'progress', percent: 99.5, message: '漢字'.repeat(60) }),
      elapsedMs: 3_723_000,
      pull: undefined,
      lastLine: 'x'.repeat(300),
    };
    for (let width = 10; width < 160; width += 1)
      for (const line of frame(view, width, false))
        expect(columnsOf(line)).toBeLessThanOrEqual(width);
  });
});

describe('without a terminal', () => {
  test('there is a line for each change and each tenth, with the time', async () => {
    const { display, record, pass, written } = watch({ isTerminal: false });
    display.onRecord?.(record());
    display.onRecord?.(record(...RUNNING.slice(0, 2)));
    display.onRecord?.(record(...RUNNING.slice(2)));
    for (let percent = 1; percent <= 25; percent += 1) {
      display.onRecord?.(record({ type: 'progress', percent, message: 'Tiles' }));
      await pass(1_000);
    }
    display.onRecord?.(record(...DONE));
    display.close(record());
    expect(written.join('')).toBe(
      [
        '   0:00  demo 1, QUEUED',
        '   0:00  INITIALIZING, placing the inputs',
        '   0:00  RUNNING, the app runs',
        '   0:09  10 %  Tiles',
        '   0:19  20 %  Tiles',
        '   0:25  the app ended with code 0, COMPLETE, collecting the outputs',
        '',
      ].join('\n'),
    );
  });

  test('each warning has a line of its own', () => {
    const { display, record, written } = watch({ isTerminal: false });
    const warnings = ['no limit on memory', 'no limit on processors'].map((message): EventBody => ({
      type: 'warning',
      code: 'promise-not-kept',
      message,
    }));
    display.onRecord?.(record(...RUNNING));
    written.length = 0;
    display.onRecord?.(record(...warnings, { type: 'phase', phase: 'collect' }));
    expect(written).toEqual([
      '   0:00  warning: no limit on memory\n',
      '   0:00  warning: no limit on processors\n',
      '   0:00  collecting the outputs\n',
    ]);
  });

  test('a long silence is broken twice a minute, with the last line', async () => {
    const { display, record, pass, written } = watch({ isTerminal: false });
    display.onRecord?.(record(...RUNNING));
    display.onOutput?.({ stream: 'stdout', bytes: bytes('\u001b[1mworking on tile 7\n') });
    written.length = 0;
    await pass(95_000);
    expect(written).toEqual([
      '   0:30  still RUNNING: working on tile 7\n',
      '   1:00  still RUNNING: working on tile 7\n',
      '   1:30  still RUNNING: working on tile 7\n',
    ]);
    display.close();
    written.length = 0;
    await pass(95_000);
    expect(written).toEqual([]);
  });

  test('a pull is told in tenths, not in frames', () => {
    const { display, record, written } = watch({ isTerminal: false });
    display.onRecord?.(record());
    written.length = 0;
    for (let received = 0; received <= 1000; received += 1)
      display.onPull?.({ receivedBytes: received * 1e6, totalBytes: 1e9, status: 'Downloading' });
    expect(written.length).toBe(11);
    expect(written.at(-1)).toBe('   0:00  image: Downloading, 1.00 GB of 1.00 GB\n');
    display.close();
  });

  test('with -v the lines of the app are there as they are', () => {
    const { display, written } = watch({ isTerminal: false, verbose: true });
    display.onOutput?.({ stream: 'stdout', bytes: bytes('a\nb') });
    display.onOutput?.({ stream: 'stderr', bytes: bytes('E\n') });
    display.onOutput?.({ stream: 'stdout', bytes: Uint8Array.of(0xc3) });
    display.onOutput?.({ stream: 'stdout', bytes: Uint8Array.of(0xa9) });
    display.close();
    expect(written.join('')).toBe('a\nE\nbé\n');
  });
});

describe('for a program', () => {
  test('each line is one JSON object that says when, of which run, and what', async () => {
    const { display, record, pass, written } = watch({ logFormat: 'json', isTerminal: false });
    display.onRecord?.(record(...RUNNING));
    await pass(1_000);
    display.onRecord?.(
      record({ type: 'progress', percent: 10 }, { type: 'warning', code: 'w', message: 'm' }),
    );
    for (let received = 1; received <= 50; received += 1)
      display.onPull?.({ receivedBytes: received, totalBytes: 50, status: 's' });
    display.onOutput?.({ stream: 'stdout', bytes: bytes('not shown\n') });
    display.close(record(...DONE));
    const objects = written.map((line) => JSON.parse(line) as Record<string, unknown>);
    expect(written.every((line) => line.endsWith('}\n') && !line.slice(0, -1).includes('\n'))).toBe(
      true,
    );
    expect(objects.map(({ type }) => type)).toEqual([
      'created', 'state', 'phase', 'warning', 'progress', 'pull', 'pull', 'closed',
    ]); // prettier-ignore
    expect(objects[4]).toEqual({
      at: '2026-03-01T10:00:01.000Z',
      runId: 'run-1',
      type: 'progress',
      percent: 10,
    });
    expect(objects.at(-1)).toMatchObject({ state: 'COMPLETE', exitCode: 0 });
  });

  test('with -v the lines of the app are objects too', () => {
    const { display, record, written } = watch({ logFormat: 'json', verbose: true });
    display.onRecord?.(record());
    written.length = 0;
    display.onOutput?.({ stream: 'stderr', bytes: bytes('a "b"\n') });
    display.close();
    expect(written.map((line) => JSON.parse(line) as unknown)).toEqual([
      {
        at: '2026-03-01T10:00:00.000Z',
        runId: 'run-1',
        type: 'output',
        stream: 'stderr',
        text: 'a "b"',
      },
    ]);
  });
});
