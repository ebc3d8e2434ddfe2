import { closeSync, openSync, writeSync } from 'node:fs';
import { mkdtemp } from 'node:fs/promises';
import { join } from 'node:path';

import { systemClock } from '../src/base/clock.ts';
import type { CreatedFacts, EventBody } from '../src/runner/index.ts';
import { newRunId, openStore, type RunStore } from '../src/store/index.ts';
import type { BenchContext } from './bench-context.ts';
import { compare } from './compare.ts';
import { alone, type Figure } from './figure.ts';

export const STORED_RUNS = 100_000;
const LOG_BYTES = 100_000_000;
const PAGE_MS_MAX = 20;
const SCAN_TARGET = { kind: 'at most', value: 500 } as const;

const FACTS: CreatedFacts = {
  app: {
    name: 'probe',
    version: '1',
    dialect: 'boutiques-0.5',
    descriptorPath: '/apps/probe/descriptor.json',
    // As long as the descriptor of a real app with thirty inputs.
    descriptorText: '{"name": "probe"}'.padEnd(12_000),
    descriptorSha256: 'ab'.repeat(32),
  },
  parameters: [
    { inputId: 'slide', type: 'File', value: '/data/slide-7.svs', source: 'user', secret: false },
  ],
  folders: {},
  options: {
    engine: 'docker',
    pull: 'missing',
    build: false,
    network: 'none',
    user: { uid: 1000, gid: 1000 },
    readOnlyRoot: true,
    stopGraceMs: 10_000,
    environment: {},
    mounts: [],
  },
  callerFolder: '/home/ada',
  runnerVersion: '0.1.0',
  host: 'bench',
  user: 'ada',
};

/** The appends of a trivial run, as the runner makes them. */
const APPENDS: readonly (readonly EventBody[])[] = [
  [
    { type: 'state', state: 'INITIALIZING' },
    { type: 'phase', phase: 'stage' },
  ],
  [{ type: 'phase', phase: 'pull' }],
  [{ type: 'phase', phase: 'create' }],
  [
    { type: 'state', state: 'RUNNING' },
    { type: 'phase', phase: 'run' },
  ],
  [{ type: 'progress', percent: 100 }],
  [
    { type: 'exit', exitCode: 0, outOfMemory: false },
    { type: 'logs', stdoutBytes: 12, stderrBytes: 0 },
    { type: 'phase', phase: 'collect' },
  ],
  [{ type: 'outputs', outputs: [], partial: false }],
  [{ type: 'state', state: 'COMPLETE' }],
];

function timed(work: () => unknown): number {
  const start = performance.now();
  work();
  return performance.now() - start;
}

/** One figure of the row; times in ms. */
const figure = (name: string, values: readonly number[], more: Partial<Figure> = {}): Figure => ({
  ...alone('store', name, values, { unit: 'ms' }),
  ...more,
});

function openingFigure(folder: string): Figure {
  const times = Array.from({ length: 20 }, () =>
    timed(() => {
      using store = openStore({ folder, clock: systemClock });
      store.list({ limit: 1 });
    }),
  );
  return figure('open, list one run, close', times);
}

function runFigures(store: RunStore): Figure[] {
  const creates: number[] = [];
  const appends: number[] = [];
  const total = timed(() => {
    for (let run = 0; run < 200; run += 1) {
      const runId = newRunId(systemClock);
      creates.push(timed(() => store.create(runId, FACTS)));
      for (const bodies of APPENDS) appends.push(timed(() => store.append(runId, bodies)));
    }
  });
  return [
    figure('create', creates),
    figure('append', appends),
    figure(`all ${APPENDS.length} appends of a short run`, [total / 200], { samples: 200 }),
  ];
}

/**
 * Fills the database with copies of one run, past the store: a hundred thousand durable runs take minutes.
 * With the event that created each, it can be read as well as listed.
 */
export function fill(folder: string, more?: 'with events'): void {
  const { DatabaseSync } = process.getBuiltinModule('node:sqlite');
  const database = new DatabaseSync(join(folder, 'cyto-run.db'));
  const id = `'20260101-' || printf('%06d', n) || '-aaaaa'`;
  const numbers = `WITH RECURSIVE numbers (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < ${STORED_RUNS})`;
  database.exec(`BEGIN;
    ${numbers} INSERT INTO runs (id, run_id, owner, state, created_at, ended_at, app_name, exit_code, search_text)
      SELECT 1000000 + n, ${id}, 'gone', CASE n % 50 WHEN 0 THEN 'EXECUTOR_ERROR' ELSE 'COMPLETE' END,
        strftime('%Y-%m-%dT%H:%M:%S.000Z', 1760000000 + n * 60, 'unixepoch'), '2026-03-01T00:00:00.000Z',
        'app-' || (n % 20), 0, ${id} || ' app /data/slides/patient-' || n || '.svs 0.5 nuclei' FROM numbers;
    INSERT INTO records SELECT runs.id, json_set(records.body, '$.runId', runs.run_id) FROM runs JOIN records ON records.run = (SELECT min(id) FROM runs)
      WHERE runs.id > 1000000;
    ${more === undefined ? '' : EVENTS}
    COMMIT`);
  database.close();
}

const EVENTS = `INSERT INTO events (run, seq, at, body) SELECT runs.id, seq, at, body FROM runs
  JOIN events ON events.run = (SELECT min(id) FROM runs) AND seq = 1 WHERE runs.id > 1000000;`;

function listingFigures(store: RunStore): Figure[] {
  const measured = (what: string, work: () => unknown): Figure =>
    figure(
      `${STORED_RUNS} runs: ${what}`,
      Array.from({ length: 15 }, () => timed(work)),
      { target: { kind: 'at most', value: PAGE_MS_MAX } },
    );
  const page = (what: string, query: Omit<Parameters<RunStore['list']>[0], 'limit'>): Figure =>
    measured(what, () => store.list({ ...query, limit: 50 }));
  const cursor = '2025-11-01T00:00:00.000Z~x';
  return [
    page('first page of 50', {}),
    page('a page in the midst', { cursor }),
    page('of one app', { app: 'app-7', cursor }),
    page('of one state', { states: ['EXECUTOR_ERROR'], cursor }),
    page('of a state there is none of', { states: ['RUNNING', 'QUEUED'] }),
    page('since a time, of an app', { since: new Date('2025-12-01'), app: 'app-3' }),
    page('search that finds many', { search: 'slides' }),
    measured('orphans', () => store.orphans()),
    // Both look through all runs.
    {
      ...measured('resolve a part of an id', () => store.resolveRunId('012345')),
      target: SCAN_TARGET,
    },
    {
      ...page('search that finds the oldest alone', { search: 'patient-1.svs' }),
      target: SCAN_TARGET,
    },
  ];
}

/** Megabytes a second into a log, in chunks as they come from an app. */
async function logRate(store: RunStore, chunkBytes: number, totalBytes: number): Promise<number> {
  const runId = newRunId(systemClock);
  store.create(runId, FACTS);
  const bytes = Buffer.alloc(chunkBytes, 'x'.repeat(chunkBytes - 1) + '\n');
  const start = performance.now();
  {
    await using log = store.openLog(runId);
    for (let written = 0; written < totalBytes; written += chunkBytes) {
      await log.write({ stream: 'stdout', bytes });
      // An app's output comes in turns of the event loop, some 64 KiB each.
      if (written % 65_536 < chunkBytes) await new Promise((resolve) => setImmediate(resolve));
    }
  }
  return totalBytes / 1e3 / (performance.now() - start);
}

/** What the file system takes at most, in MB/s. */
function plainRate(folder: string, totalBytes: number): number {
  const fd = openSync(join(folder, 'plain'), 'w');
  const bytes = Buffer.alloc(65_536);
  const ms = timed(() => {
    for (let written = 0; written < totalBytes; written += bytes.length) writeSync(fd, bytes);
  });
  closeSync(fd);
  return totalBytes / 1e3 / ms;
}

/** What keeping runs costs: events, pages of a long list, logs. */
export async function storeRow(context: BenchContext): Promise<readonly Figure[]> {
  const folder = await mkdtemp(join(context.folder, 'store-'));
  const totalBytes = context.isQuick ? LOG_BYTES / 10 : LOG_BYTES;
  using store = openStore({ folder, clock: systemClock });
  const first = timed(() => store.create(newRunId(systemClock), FACTS));
  const figures = [
    figure('first use of a new data folder', [first]),
    ...runFigures(store),
    openingFigure(folder),
  ];
  fill(folder);
  figures.push(...listingFigures(store));
  for (const chunkBytes of [65_536, 4_096, 80]) {
    const bytes = chunkBytes === 80 ? totalBytes / 10 : totalBytes;
    figures.push(
      await compare({
        row: 'store',
        name: `log of ${bytes / 1e6} MB in chunks of ${chunkBytes} bytes / a plain file`,
        unit: 'MB/s',
        ours: () => logRate(store, chunkBytes, bytes),
        against: () => Promise.resolve(plainRate(folder, bytes)),
        rounds: 3,
        secondsMax: context.secondsMax / 3,
      }),
    );
  }
  return figures;
}
