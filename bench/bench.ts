/*
 * `npm run bench`, `npm run bench:peers`: what this program costs, beside what others do (docs/performance.md).
 * Started by scripts/bench.js, which brings what is needed. The table goes to stdout.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { parseArgs } from 'node:util';

import { apptainerRow } from './apptainer-row.ts';
import type { BenchContext } from './bench-context.ts';
import { corpusRow } from './corpus-row.ts';
import { tableOf, type Figure, type Skipped } from './figure.ts';
import { outputRow } from './output-row.ts';
import { shortRunsRow } from './short-runs-row.ts';
import { dryRunRow, launchRow, validateRow } from './start-rows.ts';
import { slurmRow } from './slurm-row.ts';
import { serverRow } from './server-row.ts';
import { serverRunsRow } from './server-runs-row.ts';
import { soakRow } from './soak-row.ts';
import { storeRow } from './store-row.ts';

interface Row {
  readonly needsEngine: boolean;
  /** Only where it is asked for by its name. */
  readonly isLong?: true;
  readonly measure: (context: BenchContext) => Promise<readonly (Figure | Skipped)[]>;
}

const ROWS: Readonly<Record<string, Row>> = {
  launch: { needsEngine: true, measure: launchRow },
  apptainer: { needsEngine: true, measure: apptainerRow },
  slurm: { needsEngine: true, measure: slurmRow },
  'dry-run': { needsEngine: false, measure: dryRunRow },
  validate: { needsEngine: false, measure: validateRow },
  output: { needsEngine: true, measure: outputRow },
  'short-runs': { needsEngine: true, measure: shortRunsRow },
  store: { needsEngine: false, measure: storeRow },
  corpus: { needsEngine: false, measure: corpusRow },
  server: { needsEngine: false, measure: serverRow },
  'server-runs': { needsEngine: true, measure: serverRunsRow },
  soak: { needsEngine: false, isLong: true, measure: soakRow },
};

/** Of one comparison; a dozen of them stay under five minutes. */
const SECONDS_MAX = 25;
const SECONDS_MAX_QUICK = 5;

const { values } = parseArgs({
  options: {
    only: { type: 'string', multiple: true, default: [] },
    json: { type: 'boolean', default: false },
    quick: { type: 'boolean', default: false },
  },
});
const unknown = values.only.find((name) => !Object.hasOwn(ROWS, name));
if (unknown !== undefined) {
  process.stderr.write(`there is no row ${unknown}; there is ${Object.keys(ROWS).join(', ')}\n`);
  process.exit(64);
}

/** What scripts/bench.js found and made. */
const {
  package: program,
  noEngine,
  peers,
  cache,
  root,
} = JSON.parse(process.env['CYTO_RUN_BENCH'] ?? '{}') as {
  package: string;
  noEngine?: string;
  peers: BenchContext['peers'];
  cache: string;
  root: string;
};

const folder = await mkdtemp(join(cache, 'run-'));
try {
  const figures = await measure({
    cytoRun: (...args) => [process.execPath, join(program, 'bin/cyto-run.js'), ...args],
    root,
    folder,
    env: {
      PATH: process.env['PATH'],
      HOME: folder,
      CYTO_RUN_HOME: join(folder, 'data'),
      ...(process.env['DOCKER_HOST'] === undefined
        ? {}
        : { DOCKER_HOST: process.env['DOCKER_HOST'] }),
    },
    isQuick: values.quick,
    secondsMax: values.quick ? SECONDS_MAX_QUICK : SECONDS_MAX,
    noEngine,
    peers,
  });
  const text = values.json ? JSON.stringify(figures, null, 2) : tableOf(figures);
  process.stdout.write(`${text}\n`);
} finally {
  await rm(folder, { recursive: true, force: true });
}

async function measure(context: BenchContext): Promise<(Figure | Skipped)[]> {
  const figures: (Figure | Skipped)[] = [];
  for (const [name, row] of Object.entries(ROWS)) {
    if (values.only.length > 0 ? !values.only.includes(name) : row.isLong === true) continue;
    process.stderr.write(`measuring ${name}\n`);
    if (row.needsEngine && context.noEngine !== undefined)
      figures.push({ row: name, skipped: context.noEngine });
    else
      figures.push(...(await row.measure(context).catch((error: unknown) => failed(name, error))));
  }
  return figures;
}

/** One row that cannot be measured does not take the others with it. */
function failed(row: string, error: unknown): Skipped[] {
  process.stderr.write(`${String(error)}\n`);
  process.exitCode = 1;
  return [{ row, skipped: 'it failed, see above' }];
}
