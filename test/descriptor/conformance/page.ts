import { DIAGNOSTIC_CODES } from '../../../src/descriptor/index.ts';
import { FAMILIES, type FamilyVerdict } from './verdicts.ts';

export const KINDS = ['agree', 'better', 'refused rightly', 'wrong'] as const;

const HEADER = ['family', 'files', ...KINDS];

/** A row for each family: its name, its files, and its answers of each kind; a last row for all. */
export function tableOf(verdicts: readonly FamilyVerdict[]): string[][] {
  const row = (name: string, some: readonly FamilyVerdict[]): string[] => [
    name,
    String(new Set(some.map(({ family, file }) => `${family} ${file}`)).size),
    ...KINDS.map((kind) => String(some.filter((one) => one.kind === kind).length)),
  ];
  return [
    HEADER,
    ...FAMILIES.map((name) =>
      row(
        name,
        verdicts.filter(({ family }) => family === name),
      ),
    ),
    row('all', verdicts),
  ];
}

/**
 * The page that keeps what a conformance run found.
 * @param date the day of the run, as `2026-01-31`
 */
export const conformancePage = (verdicts: readonly FamilyVerdict[], date: string): string =>
  [
    '# Conformance',
    '',
    INTRODUCTION,
    '',
    `As of ${date}. \`npm run conformance\` writes this page anew where those files lie in \`../shared\`; a test keeps it equal to what they give, and the table closes the output of \`npm test\`.`,
    '',
    ...markdownTable(tableOf(verdicts)),
    '',
    MEANINGS,
    '',
    '## Why ours is better',
    '',
    BETTER_SAYS,
    '',
    ...markdownTable([['reason', 'answers'], ...countedReasons(verdicts, 'better')]),
    '',
    '## What is refused, and rightly',
    '',
    REFUSED_SAYS,
    '',
    ...markdownTable([
      ['code', 'meaning', 'answers'],
      ...countedReasons(verdicts, 'refused rightly').map(([code, count]) => [
        `\`${code}\``,
        meaningOf(code),
        count,
      ]),
    ]),
    '',
  ].join('\n');

const INTRODUCTION =
  'How the descriptor layer answers on real descriptors that nobody here wrote, beside the programs that are in use today: the Cytomine platform (its software router makes the command line) and `bosh` 0.5.33 (Boutiques). A Cytomine descriptor is asked for three answers: whether it can be used, its command line with all values, and its command line with defaults only. A Boutiques descriptor is asked whether it can be used and, for each invocation there is, for its command line. The cases are those that the own tests of `bosh` assert; the probes show what `bosh` does at the edges, its faults included.';

const MEANINGS = [
  '- **files**: descriptors that were read; each is asked for several answers, which the other columns count.',
  '- **agree**: the same answer, the command line equal to the byte.',
  '- **better**: the other program damages its answer or stops; ours is what the author of the descriptor meant. The reasons are below, and no answer differs without one.',
  '- **refused rightly**: neither can make a command line of it; or the platform makes one that it then cannot run, for want of an image that can exist or of a type it knows. The codes are below.',
  '- **wrong**: everything else. A test holds this column at 0.',
].join('\n');

const BETTER_SAYS =
  'One answer can have several reasons. Those that begin with `bosh:` say what bosh does, or what is right instead.';

const REFUSED_SAYS =
  'One answer can have several codes; `docs/diagnostics.md` lists them all, and every message also says how to mend it.';

/** Each reason of the verdicts of a kind and how many have it, the most frequent first. */
function countedReasons(
  verdicts: readonly FamilyVerdict[],
  kind: FamilyVerdict['kind'],
): [string, string][] {
  const reasons = verdicts.filter((one) => one.kind === kind).flatMap((one) => one.reasons);
  const counts = Map.groupBy(reasons, (reason) => reason);
  return [...counts]
    .map(([reason, some]): [string, number] => [reason, some.length])
    .sort(([left, some], [right, others]) => others - some || (left < right ? -1 : 1))
    .map(([reason, count]) => [reason, String(count)]);
}

const meaningOf = (code: string): string =>
  (DIAGNOSTIC_CODES as Readonly<Record<string, { meaning: string }>>)[code]?.meaning ?? '';

const markdownTable = ([header = [], ...rows]: readonly (readonly string[])[]): string[] => [
  markdownRow(header),
  markdownRow(header.map((name) => (isCount(name) ? '--:' : '---'))),
  ...rows.map(markdownRow),
];

const markdownRow = (cells: readonly string[]): string =>
  `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;

const isCount = (name: string): boolean => !['family', 'reason', 'code', 'meaning'].includes(name);

/** The table of a kept page and the day it is of. */
export function readPage(page: string): { readonly date: string; readonly table: string[][] } {
  const date = /^As of (\d{4}-\d\d-\d\d)\./m.exec(page)?.[1] ?? '';
  const lines = page.split('\n');
  const first = lines.findIndex((line) => line.startsWith('| family'));
  const rows = lines.slice(first, lines.indexOf('', first));
  const table = rows.map((row) =>
    row
      .split('|')
      .slice(1, -1)
      .map((cell) => cell.trim()),
  );
  return { date, table: table.filter((_, index) => index !== 1) };
}

/** The table for a terminal: names to the left, numbers to the right. */
export function textTable(table: readonly (readonly string[])[]): string[] {
  const widths = (table[0] ?? []).map((_, column) =>
    Math.max(...table.map((row) => row[column]?.length ?? 0)),
  );
  return table.map((row) =>
    row
      .map((cell, column) =>
        column === 0 ? cell.padEnd(widths[column] ?? 0) : cell.padStart(widths[column] ?? 0),
      )
      .join('  '),
  );
}
