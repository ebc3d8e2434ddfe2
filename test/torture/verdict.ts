import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

import { systemClock } from '../../src/base/clock.ts';
import { isTerminal, type RunRecord } from '../../src/runner/index.ts';
import { openStore, type RunStore } from '../../src/store/index.ts';
import { containersOf, type EngineWatch } from './engine-watch.ts';
import type { Hook } from './hook.ts';
import type { AcceptedJob } from './submitter.ts';

const LOST_EXIT = 255;

/** What became of runs that were not over while the engine was restarted. */
export interface Shaken {
  runs: number;
  /** The engine ended it, or never knew it. */
  ended: number;
  /** The engine lost a part of what it wrote. */
  logs: number;
  /** The engine ended one that it was just starting, and says that it never did: it was started anew. */
  forgotten: number;
}

/** Everything that must hold when all is over; each fault is a sentence. */
export async function verdictOf(
  home: string,
  jobs: readonly AcceptedJob[],
  {
    watch,
    hook,
    engine,
  }: { readonly watch: EngineWatch; readonly hook: Hook; readonly engine: string },
): Promise<{ faults: string[]; shaken: Shaken }> {
  using store = openStore({ folder: home, clock: systemClock });
  const faults: string[] = [];
  const shaken: Shaken = { runs: 0, ended: 0, logs: 0, forgotten: 0 };
  for (const job of jobs) faults.push(...(await faultsOfJob(job, store, { home, watch, shaken })));
  faults.push(...hook.faultsOf(jobs, (runId) => store.read(runId).state));
  const known = countRuns(store);
  if (known !== jobs.length) faults.push(`${jobs.length} runs were accepted, ${known} are there`);
  for (const { runId, problem } of store.verify()) faults.push(`${runId}: ${problem}`);
  faults.push(...containersOf(store.dataId, engine).map((name) => `the container ${name} is left`));
  faults.push(...processesOf(home).map((pid) => `process ${pid} is left`));
  return { faults, shaken };
}

async function faultsOfJob(
  job: AcceptedJob,
  store: RunStore,
  {
    home,
    watch,
    shaken,
  }: { readonly home: string; readonly watch: EngineWatch; readonly shaken: Shaken },
): Promise<string[]> {
  const { runId, key } = job;
  const record = store.read(runId);
  const fault = (what: string): string => `${key} (${runId}, ${record.state}): ${what}`;
  const faults: string[] = [];
  const endings = store
    .events(runId)
    .filter((event) => event.type === 'state' && isTerminal(event.state));
  if (endings.length !== 1) faults.push(fault(`it has ${endings.length} terminal states`));
  if (!isAsExpected(job, record))
    faults.push(fault(`expected ${job.state}; failure ${JSON.stringify(record.failure)}`));
  const starts = watch.startsOf(runId);
  if (starts === 2 && job.shaken) shaken.forgotten += 1;
  else if (starts > 1) faults.push(fault(`it was started ${starts} times`));
  if (job.shaken) shaken.runs += 1;
  const isLost = record.state === 'SYSTEM_ERROR' || record.exit?.exitCode === LOST_EXIT;
  if (job.shaken && isLost) shaken.ended += 1;
  const isWhole = record.state === job.state;
  for (const stream of ['stdout', 'stderr'] as const) {
    const log = await logOf(store, record, stream);
    const wanted = isWhole ? job[stream] : job[stream].subarray(0, log.length);
    if (log.equals(wanted)) continue;
    if (job.shaken && log.length < job[stream].length) shaken.logs += 1;
    else
      faults.push(
        fault(`${stream} has ${log.length} bytes, not the ${job[stream].length} written`),
      );
  }
  for (const folder of record.state === 'COMPLETE' ? ['work', 'home', 'tmp', 'staged'] : [])
    if (existsSync(join(home, 'runs', runId, folder))) faults.push(fault(`${folder} is left`));
  return faults;
}

function isAsExpected(
  { state, exitCode, canceled, troubled, shaken }: AcceptedJob,
  record: RunRecord,
): boolean {
  if (canceled && record.state === 'CANCELED') return true;
  if ((troubled || shaken) && record.state === 'SYSTEM_ERROR') return true;
  // What an engine says that has lost how a program ended; here none ends so by itself.
  if (shaken && record.exit?.exitCode === LOST_EXIT) return true;
  return record.state === state && record.exit?.exitCode === exitCode;
}

async function logOf(
  store: RunStore,
  { runId }: RunRecord,
  stream: 'stdout' | 'stderr',
): Promise<Buffer> {
  const parts: Uint8Array[] = [];
  for await (const { bytes } of store.readLog(runId, { stream })) parts.push(bytes);
  return Buffer.concat(parts);
}

function countRuns(store: RunStore): number {
  let count = 0;
  for (let cursor: string | undefined; ;) {
    const page = store.list({ limit: 1_000, ...(cursor === undefined ? {} : { cursor }) });
    count += page.runs.length;
    cursor = page.nextCursor;
    if (cursor === undefined) return count;
  }
}

/** Processes that were started for this data folder and live. */
function processesOf(home: string): string[] {
  return readdirSync('/proc').filter((pid) => {
    if (!/^\d+$/.test(pid) || pid === String(process.pid)) return false;
    try {
      return readFileSync(`/proc/${pid}/environ`, 'utf8').includes(`CYTO_RUN_HOME=${home}\0`);
    } catch {
      return false;
    }
  });
}
