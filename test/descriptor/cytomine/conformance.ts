import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

import {
  expandCommand,
  hasErrors,
  type Diagnostic,
  parseDescriptor,
  parseInvocation,
  type RawValues,
} from '../../../src/descriptor/index.ts';
import { serverValueOf } from '../../../src/descriptor/dialects/cytomine/server-values.ts';
import { hunksOf } from './argv-hunks.ts';
import { EXPANDED_BUT_NEVER_RUN, REPAIRS, SINGLE_DIFFERENCES, type Where } from './differences.ts';

/** Where real descriptors lie beside the project, on the machines that have them. */
export const CORPUS = join(import.meta.dirname, '../../../../shared/corpus');
const EXPECTED = join(CORPUS, 'cytomine-expected.jsonl');
export const hasCorpus = existsSync(EXPECTED);

interface ExpectedRow {
  readonly descriptor: string;
  readonly invocation: Readonly<Record<string, string>> | null;
  readonly withAllValues: Outcome | null;
  readonly withDefaultsOnly: Outcome | null;
}

interface Outcome {
  readonly argv?: readonly string[];
  readonly error?: string;
}

/** How our acceptance of one descriptor compares with the platform's. */
export type Acceptance = Pick<Verdict, 'descriptor' | 'kind' | 'reasons'>;

/** How one command line of ours compares with the platform's. */
export interface Verdict {
  readonly descriptor: string;
  readonly values: 'all' | 'defaults';
  readonly kind: 'agree' | 'better' | 'refused rightly' | 'wrong';
  /** Why ours is better, the codes of what is refused, or what is wrong. */
  readonly reasons: readonly string[];
}

export const expectedRows = (): ExpectedRow[] =>
  readFileSync(EXPECTED, 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as ExpectedRow);

/** Compares both command lines of one row. */
export function verdictsOf(row: ExpectedRow): Verdict[] {
  const { descriptor, diagnostics } = parseDescriptor(
    readFileSync(join(CORPUS, row.descriptor), 'utf8'),
  );
  const verdict = (
    values: Verdict['values'],
    kind: Verdict['kind'],
    ...reasons: string[]
  ): Verdict => ({ descriptor: row.descriptor, values, kind, reasons });
  const refused = (values: Verdict['values']): Verdict =>
    hasErrors(diagnostics)
      ? verdict(values, 'refused rightly', ...errorCodes(diagnostics))
      : verdict(values, 'wrong', 'the platform cannot read it, and we say nothing');
  return (['all', 'defaults'] as const).map((values) => {
    const outcome = values === 'all' ? row.withAllValues : row.withDefaultsOnly;
    if (outcome === null) return refused(values);
    if (descriptor === undefined) return verdict(values, 'wrong', 'we cannot read it');
    const parsed = parseInvocation(descriptor, rawOf(row, values, descriptor.inputs), {
      checkValues: false,
    });
    if (outcome.argv === undefined) {
      return parsed.invocation === undefined
        ? verdict(values, 'refused rightly', ...errorCodes(parsed.diagnostics))
        : verdict(values, 'wrong', `not refused: ${outcome.error ?? ''}`);
    }
    if (parsed.invocation === undefined) return verdict(values, 'wrong', 'refused');
    const where = { descriptor, invocation: parsed.invocation };
    const ours = expandCommand(descriptor, parsed.invocation).argv;
    return compared(verdict, { row, values, platform: outcome.argv, ours }, where);
  });
}

/**
 * Whether a descriptor can be used at all. The platform makes a command line of some that it then
 * cannot run; those may be refused for the reasons told, and no other.
 */
export function acceptanceOf(row: ExpectedRow): Acceptance {
  const { diagnostics } = parseDescriptor(readFileSync(join(CORPUS, row.descriptor), 'utf8'));
  const reasons = errorCodes(diagnostics);
  const isExpanded = row.withAllValues !== null;
  const isWrong =
    reasons.length === 0
      ? !isExpanded
      : isExpanded && reasons.some((code) => !Object.hasOwn(EXPANDED_BUT_NEVER_RUN, code));
  const kind = isWrong ? 'wrong' : reasons.length === 0 ? 'agree' : 'refused rightly';
  return { descriptor: row.descriptor, kind, reasons };
}

const errorCodes = (diagnostics: readonly Diagnostic[]): string[] => [
  ...new Set(diagnostics.filter(({ strength }) => strength === 'error').map(({ code }) => code)),
];

function compared(
  verdict: (values: Verdict['values'], kind: Verdict['kind'], ...reasons: string[]) => Verdict,
  the: {
    readonly row: ExpectedRow;
    readonly values: Verdict['values'];
    readonly platform: readonly string[];
    readonly ours: readonly string[];
  },
  where: Where,
): Verdict {
  if (same(the.platform, the.ours)) return verdict(the.values, 'agree');
  const reasons: string[] = [];
  let platform = the.platform;
  for (const { name, repair } of REPAIRS) {
    const repaired = repair(platform, where);
    if (!same(repaired, platform)) reasons.push(name);
    platform = repaired;
  }
  for (const hunk of hunksOf(platform, the.ours)) {
    const [left, right] = [hunk.platform.join(' '), hunk.ours.join(' ')];
    const single = SINGLE_DIFFERENCES.find(
      (one) =>
        one.descriptor.test(the.row.descriptor) && one.platform.test(left) && one.ours.test(right),
    );
    if (single === undefined) {
      return verdict(the.values, 'wrong', `platform \`${left}\`, ours \`${right}\``);
    }
    reasons.push(single.name);
  }
  return verdict(the.values, 'better', ...new Set(reasons));
}

const same = (left: readonly string[], right: readonly string[]): boolean =>
  left.length === right.length && left.every((argument, index) => argument === right[index]);

/** The row's values, split by who gives them: the platform fills in five, by name. */
function rawOf(
  row: ExpectedRow,
  values: Verdict['values'],
  inputs: readonly { readonly id: string; readonly setByServer: boolean }[],
): { user: RawValues; server: RawValues } {
  const given = Object.entries(row.invocation ?? {}).map(
    ([id, value]) => [id, { kind: 'json', value }] as const,
  );
  const byServer = new Set(inputs.filter((input) => input.setByServer).map((input) => input.id));
  const known = given.filter(([id]) => serverValueOf(id) !== undefined);
  if (values === 'defaults') return { user: {}, server: Object.fromEntries(known) };
  const server = given.filter(([id]) => byServer.has(id) || serverValueOf(id) !== undefined);
  return {
    user: Object.fromEntries(given.filter((one) => !server.includes(one))),
    server: Object.fromEntries(server),
  };
}
