/**
 * What keeping runs costs: `node bench/store.bench.ts`. Prints one figure a line; times are medians in
 * ms unless they say otherwise.
 */
import { openSync, writeSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { systemClock } from '../src/base/clock.ts';
import type { CreatedFacts, EventBody } from '../src/runner/index.ts';
import { newRunId, openStore, type RunStore } from '../src/store/index.ts';

const RUNS = 100_000;
const LOG_BYTES = 300_000_000;

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

const say = (what: string, figure: number, unit = 'ms'): void => {
  process.stdout.write(`${what.padEnd(58)} ${figure.toFixed(figure < 10 ? 3 : 0)} ${unit}\n`);
};

function timed(work: () => void): number {
  const start = performance.now();
  work();
  return performance.now() - start;
}

const median = (times: readonly number[]): number =>
  times.toSorted((a, b) => a - b)[Math.floor(times.length / 2)] ?? NaN;

function benchOpening(folder: string): void {
  const times = Array.from({ length: 20 }, () =>
    timed(() => {
      using store = openStore({ folder, clock: systemClock });
      store.list({ limit: 1 });
    }),
  );
  say('open, list one run, close', median(times));
}

function benchRuns(store: RunStore): void {
  const creates: number[] = [];
  const appends: number[] = [];
  const total = timed(() => {
    for (let run = 0; run < 200; run += 1) {
      const runId = newRunId(systemClock);
      creates.push(timed(() => store.create(runId, FACTS)));
      for (const bodies of APPENDS) appends.push(timed(() => store.append(runId, bodies)));
    }
  });
  say('create', median(creates));
  say('append', median(appends));
  say(`events of 200 short runs (${APPENDS.length} appends each), a run`, total / 200);
}

/** Fills the database with copies of one run, past the store: a hundred thousand durable runs take minutes. */
function fill(folder: string): void {
  const { DatabaseSync } = process.getBuiltinModule('node:sqlite');
  const database = new DatabaseSync(join(folder, 'cyto-run.db'));
  const id = `'20260101-' || printf('%06d', n) || '-aaaaa'`;
  const numbers = `WITH RECURSIVE numbers (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < ${RUNS})`;
  database.exec(`BEGIN;
    ${numbers} INSERT INTO runs (id, run_id, owner, state, created_at, ended_at, app_name, exit_code, search_text)
      SELECT 1000000 + n, ${id}, 'gone', CASE n % 50 WHEN 0 THEN 'EXECUTOR_ERROR' ELSE 'COMPLETE' END,
        strftime('%Y-%m-%dT%H:%M:%S.000Z', 1760000000 + n * 60, 'unixepoch'), '2026-03-01T00:00:00.000Z',
        'app-' || (n % 20), 0, ${id} || ' app /data/slides/patient-' || n || '.svs 0.5 nuclei' FROM numbers;
    INSERT INTO records SELECT runs.id, records.body FROM runs JOIN records ON records.run = (SELECT min(id) FROM runs)
      WHERE runs.id > 1000000;
    COMMIT`);
  database.close();
}

function benchListing(store: RunStore): void {
  const page = (what: string, query: Omit<Parameters<RunStore['list']>[0], 'limit'>): void => {
    const times = Array.from({ length: 15 }, () =>
      timed(() => {
        store.list({ ...query, limit: 50 });
      }),
    );
    say(`${RUNS} runs: ${what}`, median(times));
  };
  const cursor = '2025-11-01T00:00:00.000Z~x';
  page('first page of 50', {});
  page('a page in the midst', { cursor });
  page('of one app', { app: 'app-7', cursor });
  page('of one state', { states: ['EXECUTOR_ERROR'], cursor });
  page('of a state there is none of', { states: ['RUNNING', 'QUEUED'] });
  page('since a time, of an app', { since: new Date('2025-12-01'), app: 'app-3' });
  page('search that finds many', { search: 'slides' });
  page('search that finds one, the oldest', { search: 'patient-1.svs' });
  page('search that finds none', { search: 'nothing like it' });
  const times = Array.from({ length: 15 }, () =>
    timed(() => {
      store.resolveRunId('012345');
    }),
  );
  say(`${RUNS} runs: resolve a part of an id`, median(times));
  say(
    `${RUNS} runs: orphans`,
    median(
      Array.from({ length: 15 }, () =>
        timed(() => {
          store.orphans();
        }),
      ),
    ),
  );
}

async function benchLog(store: RunStore, chunkBytes: number, totalBytes: number): Promise<void> {
  const runId = newRunId(systemClock);
  store.create(runId, FACTS);
  const bytes = Buffer.alloc(chunkBytes, 'x'.repeat(chunkBytes - 1) + '\n');
  const start = performance.now();
  let peak = 0;
  {
    await using log = store.openLog(runId);
    for (let written = 0; written < totalBytes; written += chunkBytes) {
      await log.write({ stream: 'stdout', bytes });
      // An app's output comes in turns of the event loop, some 64 KiB each.
      if (written % 65_536 < chunkBytes) {
        await new Promise((resolve) => setImmediate(resolve));
        if (written % 16_777_216 < chunkBytes) peak = Math.max(peak, process.memoryUsage.rss());
      }
    }
  }
  const seconds = (performance.now() - start) / 1000;
  const title = `log: ${totalBytes / 1e6} MB in chunks of ${chunkBytes} bytes`;
  say(title, totalBytes / 1e6 / seconds, 'MB/s');
  say(`${title}, peak memory`, peak / 2 ** 20, 'MiB');

  const reading = performance.now();
  let read = 0;
  for await (const chunk of store.readLog(runId, { stream: 'both' })) read += chunk.bytes.length;
  if (read < totalBytes) throw new Error(`${read} bytes were read of ${totalBytes}`);
  say(`${title}, read again`, totalBytes / 1e6 / ((performance.now() - reading) / 1000), 'MB/s');
}

/** What the file system takes at most. */
function benchPlainWrite(folder: string): void {
  const fd = openSync(join(folder, 'plain'), 'w');
  const bytes = Buffer.alloc(65_536);
  const ms = timed(() => {
    for (let written = 0; written < LOG_BYTES; written += bytes.length) writeSync(fd, bytes);
  });
  say(`plain file: ${LOG_BYTES / 1e6} MB in blocks of 65536 bytes`, LOG_BYTES / 1e3 / ms, 'MB/s');
}

const folder = await mkdtemp(join(tmpdir(), 'cyto-run-bench-'));
try {
  using store = openStore({ folder, clock: systemClock });
  say(
    'first use of a new data folder',
    timed(() => store.create(newRunId(systemClock), FACTS)),
  );
  benchRuns(store);
  benchOpening(folder);
  fill(folder);
  benchListing(store);
  benchPlainWrite(folder);
  await benchLog(store, 65_536, LOG_BYTES);
  await benchLog(store, 4_096, LOG_BYTES);
  await benchLog(store, 80, LOG_BYTES / 10);
} finally {
  await rm(folder, { recursive: true, force: true });
}
