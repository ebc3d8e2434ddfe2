import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';

import { COMPILED } from './setup/compiled-program.js';
import { engines, packages, program, ROOT, setUpMachine } from './setup/machine.js';

/*
 * `npm run demo`: two real apps on a real picture, through the real command line. It shows what it
 * types, so that a newcomer can type it too.
 */
const OUTPUT = 'demo-output';
const CYTO_RUN = './bin/cyto-run.js';
const OUTLINES = `${OUTPUT}/nuclei/ihc_objects.geojson`;
const STATISTICS = `${OUTPUT}/term-areas.csv`;
const RESULTS = [
  [`${OUTPUT}/nuclei/ihc_labels.tif`, 'a number for each nucleus, as pixels'],
  [`${OUTPUT}/nuclei/ihc_measurements.csv`, 'a row for each nucleus'],
  [OUTLINES, 'the outlines: QuPath opens it'],
  [STATISTICS, 'count and area of each class'],
  [`${OUTPUT}/nuclei/ihc_overlay.png`, 'the outlines on the picture: look at this one'],
];
const EXIT_ENGINE_UNAVAILABLE = 69;

const settled = await setUpMachine([
  ...packages(),
  ...program(),
  ...engines(['nuclei-segment', 'term-area-stats']),
]);
// What cannot be compiled runs from its source.
const missing = settled.filter((part) => !part.here && part.name !== COMPILED);
if (missing.length > 0) refuse();
else runApps();

function refuse() {
  console.error('\nThe demo needs what this machine does not have:');
  for (const { name, why } of missing) console.error(`  ${name}: ${why}`);
  process.exitCode = EXIT_ENGINE_UNAVAILABLE;
}

function runApps() {
  rmSync(join(ROOT, OUTPUT), { recursive: true, force: true });
  console.log(
    '\nNuclei in a stained section (apps/samples/ihc.png), by the app apps/nuclei-segment:\n',
  );
  const image = 'image=apps/samples/ihc.png';
  if (!type('apps/nuclei-segment/descriptor.json', '--param', image, '--out', OUTPUT)) return;
  console.log('\nHow many, and how much of the picture, by the app apps/term-area-stats:\n');
  const outlines = `annotations=${OUTLINES}`;
  if (!type('apps/term-area-stats/descriptor.json', '--param', outlines, '--out', OUTPUT)) return;
  console.log(`\n${tableOf(readFileSync(join(ROOT, STATISTICS), 'utf8'))}`);
  showResults();
}

/** Runs a command as a user would type it, after showing it; false when it failed. */
function type(...args) {
  console.log(`$ ${[CYTO_RUN, ...args].join(' ')}`);
  const node = join(ROOT, 'node_modules', '.bin', 'node');
  const { status } = spawnSync(node, [CYTO_RUN, ...args], { cwd: ROOT, stdio: 'inherit' });
  if (status !== 0) process.exitCode = status ?? 1;
  return status === 0;
}

/** The rows of single classes of the statistics, turned: a name and its values on each line. */
function tableOf(csv) {
  const [header, ...rows] = csv
    .trim()
    .split(/\r?\n/)
    .map((line) => line.split(','));
  const classes = rows.filter((row) => !row.some((value) => value.startsWith('(all ')));
  const width = Math.max(...header.map((name) => name.length));
  return header
    .map((name, at) => ({ name, values: classes.map((row) => row[at]).join('  ') }))
    .filter(({ values }) => values.trim() !== '')
    .map(({ name, values }) => `  ${name.padEnd(width)}  ${values}`)
    .join('\n');
}

function showResults() {
  console.log(`\nResults (${(performance.now() / 1000).toFixed(1)} s in all):`);
  for (const [path, what] of RESULTS) {
    if (!existsSync(join(ROOT, path))) continue;
    const size = sizeOf(statSync(join(ROOT, path)).size);
    console.log(`  ${path.padEnd(42)} ${size.padStart(7)}  ${what}`);
  }
  console.log(`
What to type next:
  ${CYTO_RUN} show last       what ran: command, image, limits, outputs with their checksums
  ${CYTO_RUN} rerun last      the same again, and what differs
  ${CYTO_RUN} runs            every run so far
  ${CYTO_RUN} apps/nuclei-segment/descriptor.json --help   its parameters
`);
}

/** As the program itself writes sizes: powers of ten, three digits. */
function sizeOf(bytes) {
  if (bytes < 1000) return `${bytes} B`;
  const [unit, name] = bytes < 999_500 ? [1e3, 'kB'] : [1e6, 'MB'];
  const value = bytes / unit;
  return `${value.toFixed(value >= 99.95 ? 0 : value >= 9.995 ? 1 : 2)} ${name}`;
}
