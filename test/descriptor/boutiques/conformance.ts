import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

import {
  expandCommand,
  hasErrors,
  isJsonObject,
  parseDescriptor,
  parseInvocation,
  type Command,
  type RawValues,
} from '../../../src/descriptor/index.ts';
import { readJson } from '../../../src/descriptor/json/read.ts';
import { BETTER, type BetterAnswer } from './better.ts';

const SHARED = join(import.meta.dirname, '../../../../shared');
const CORPUS = join(SHARED, 'corpus');
const CASES = join(SHARED, 'boutiques-cases');

/** Real descriptors and bosh's answers lie beside the project, on the machines that have them. */
export const hasCases = existsSync(join(CASES, 'cases.json')) && existsSync(CORPUS);

export type Kind = 'agree' | 'better' | 'refused rightly' | 'wrong';

/** How one answer of ours compares with bosh's. */
export interface Verdict {
  readonly family: string;
  readonly id: string;
  readonly kind: Kind;
  /** Why ours is better, the codes of what is refused, or what is wrong. */
  readonly reason: string;
}

/** Our whole answer to a descriptor and values. */
interface Answer {
  readonly refused: boolean;
  readonly codes: readonly string[];
  /** Of those codes, the ones it is refused for. */
  readonly errors: readonly string[];
  readonly messages: readonly string[];
  readonly command?: Command;
}

/** Reads a descriptor and, when it can be used, values; expands what comes of both. */
function answerTo(descriptorText: string, invocationText?: string): Answer {
  const { descriptor, diagnostics } = parseDescriptor(descriptorText, { dialect: 'boutiques-0.5' });
  const told = (more: typeof diagnostics): Omit<Answer, 'command'> => {
    const all = [...diagnostics, ...more];
    const errors = all.filter(({ strength }) => strength === 'error');
    return {
      refused: hasErrors(all),
      codes: all.map(({ code }) => code),
      errors: [...new Set(errors.map(({ code }) => code))],
      messages: errors.map(({ message }) => message),
    };
  };
  if (descriptor === undefined || hasErrors(diagnostics) || invocationText === undefined)
    return told([]);
  const values = valuesOf(invocationText);
  if (values === undefined) {
    const codes = ['json.syntax'];
    return { refused: true, codes, errors: codes, messages: ['not JSON'] };
  }
  const parsed = parseInvocation(descriptor, { user: values });
  if (parsed.invocation === undefined) return told(parsed.diagnostics);
  const command = expandCommand(descriptor, parsed.invocation, { workingDirectory: '/work' });
  return { ...told(parsed.diagnostics), command };
}

function valuesOf(text: string): RawValues | undefined {
  const root = readJson(text).document?.root;
  if (!isJsonObject(root)) return undefined;
  return Object.fromEntries([...root].map(([id, value]) => [id, { kind: 'json', value }]));
}

const lineOf = ({ command }: Answer): string | undefined => command?.argv.at(-1);

const pathsOf = ({ command }: Answer): Record<string, string> =>
  Object.fromEntries((command?.outputs ?? []).map(({ id, path }) => [id, path]));

/** Every answer there is to compare. */
export const boutiquesVerdicts = (): Verdict[] => [
  ...corpusVerdicts(),
  ...lineVerdicts(),
  ...caseVerdicts(),
  ...probeVerdicts(),
];

/** What our codes are called by bosh, as its message begins. */
const BOSH_NAMES: readonly [RegExp, string][] = [
  [/^boutiques\.(id-repeated)/, 'IdError'],
  [/^boutiques\.(key-(empty|unused|contains-key|shared))/, 'KeyError'],
  [/^boutiques\.(path-repeated|path-cycle|condition-)/, 'OutputError'],
  [/^boutiques\.(member|group)/, 'GroupError'],
  [/^boutiques\.(test-)/, 'TestError'],
  [/^boutiques\.(image-index)/, 'ContainerError'],
  [
    /^boutiques\.(flag-(without|required)|range|choices-empty|list-bounds|default|requires|disables|required-with|value-relations|choice-)/,
    'InputError',
  ],
  [/^boutiques\./, 'schema-invalid'],
];

/** For each faulty descriptor of the corpus, the kinds of fault that bosh tells and that we tell. */
export function faultKinds(): { file: string; bosh: readonly string[]; ours: readonly string[] }[] {
  const byFile = Map.groupBy(
    readFileSync(join(CORPUS, 'anomalies.tsv'), 'utf8')
      .split('\n')
      .map((row) => row.split('\t'))
      .filter(
        ([file = '', kind = '']) => file.startsWith('boutiques/') && kind.startsWith('bosh-'),
      ),
    ([file = '']) => file,
  );
  return [...byFile].map(([file, rows]) => {
    const { diagnostics } = parseDescriptor(readFileSync(join(CORPUS, file), 'utf8'));
    const ours = diagnostics
      .filter(({ strength }) => strength === 'error')
      .map(({ code }) => BOSH_NAMES.find(([pattern]) => pattern.test(code))?.[1] ?? code);
    // A crash tells nothing; that ours is refused is asked elsewhere.
    const bosh = rows
      .map(([, kind = '']) => kind.replace('bosh-', ''))
      .filter((kind) => kind !== 'crash');
    return { file, bosh: [...new Set(bosh)].sort(), ours: [...new Set(ours)].sort() };
  });
}

/** bosh's verdict on each descriptor of the corpus. */
function corpusVerdicts(): Verdict[] {
  const rows = readFileSync(join(CORPUS, 'index.tsv'), 'utf8').split('\n');
  return rows
    .map((row) => row.split('\t'))
    .filter(([family]) => family === 'boutiques')
    .map(([, file = '', ...rest]) => {
      const answer = answerTo(readFileSync(join(CORPUS, file), 'utf8'));
      const accepted = /\bbosh-valid\b/.test(rest.at(-1) ?? '');
      return verdictOnRefusal('descriptors', file, !accepted, answer);
    });
}

function verdictOnRefusal(family: string, id: string, refused: boolean, answer: Answer): Verdict {
  if (refused === answer.refused)
    return {
      family,
      id,
      kind: refused ? 'refused rightly' : 'agree',
      reason: answer.errors.join(', '),
    };
  const said = answer.messages.join(' ');
  return { family, id, kind: 'wrong', reason: answer.refused ? `refused: ${said}` : 'accepted' };
}

/** bosh's command line, or its refusal, for real descriptors and invocations. */
function lineVerdicts(): Verdict[] {
  const rows = readFileSync(join(CORPUS, 'boutiques-expected.jsonl'), 'utf8').trim().split('\n');
  return rows.map((line) => {
    const row = JSON.parse(line) as Record<'descriptor' | 'invocation' | 'cmd', string | undefined>;
    const [descriptor = '', invocation = ''] = [row.descriptor, row.invocation];
    const answer = answerTo(
      readFileSync(join(CORPUS, descriptor), 'utf8'),
      readFileSync(join(CORPUS, invocation), 'utf8'),
    );
    const id = `${descriptor} with ${invocation}`;
    if (row.cmd === undefined || answer.refused)
      return verdictOnRefusal('command lines', id, row.cmd === undefined, answer);
    return verdictOnResult('command lines', id, row.cmd, lineOf(answer));
  });
}

function verdictOnResult(family: string, id: string, bosh: unknown, ours: unknown): Verdict {
  const isSame = JSON.stringify(bosh) === JSON.stringify(ours);
  return {
    family,
    id,
    kind: isSame ? 'agree' : 'wrong',
    reason: isSame ? '' : `bosh ${JSON.stringify(bosh)}, ours ${JSON.stringify(ours)}`,
  };
}

interface Case {
  readonly id: string;
  readonly kind: string;
  readonly descriptor: string;
  readonly invocation?: string | object;
  readonly expect: 'valid' | 'invalid';
  readonly commandLine?: string;
  readonly observedCommandLine?: string;
  readonly commandLineContains?: readonly string[];
  readonly configFile?: { readonly path: string; readonly content: string };
  readonly query?: string;
  readonly exactJson?: Readonly<Record<string, unknown>>;
}

/** The cases that bosh's own tests assert and that are about descriptors, values and lines. */
function caseVerdicts(): Verdict[] {
  const cases = JSON.parse(readFileSync(join(CASES, 'cases.json'), 'utf8')) as Case[];
  return cases.filter(isOurs).map(caseVerdict);
}

function isOurs({ kind, invocation, query }: Case): boolean {
  if (kind === 'validate' || kind === 'bids' || kind === 'import-0.4') return true;
  if (kind === 'evaluate') return query?.startsWith('output-files/') === true;
  return (kind === 'invocation' || kind === 'simulate') && invocation !== undefined;
}

function caseVerdict(one: Case): Verdict {
  const family = `cases: ${one.kind}`;
  const answer = answerTo(readFileSync(join(CASES, one.descriptor), 'utf8'), caseInvocation(one));
  if (one.kind === 'import-0.4') {
    const isTold = answer.codes.includes('boutiques.version-older');
    const reason = isTold ? answer.errors.join(', ') : 'not told';
    return { family, id: one.id, kind: isTold ? 'refused rightly' : 'wrong', reason };
  }
  if (answer.refused || one.expect === 'invalid')
    return verdictOnRefusal(family, one.id, one.expect === 'invalid', answer);
  if (one.kind === 'evaluate')
    return verdictOnResult(family, one.id, one.exactJson, queried(answer, one.query ?? ''));
  const line = one.commandLine ?? one.observedCommandLine;
  if (one.kind !== 'simulate' || line === undefined)
    return { family, id: one.id, kind: 'agree', reason: '' };
  const [file] = answer.command?.files ?? [];
  return verdictOnResult(
    family,
    one.id,
    [line, ...(one.configFile === undefined ? [] : [one.configFile])],
    [lineOf(answer), ...(one.configFile === undefined ? [] : [file])],
  );
}

function caseInvocation({ invocation }: Case): string | undefined {
  if (typeof invocation === 'object') return JSON.stringify(invocation);
  return invocation === undefined ? undefined : readFileSync(join(CASES, invocation), 'utf8');
}

/** `output-files/id=x`: the path of x alone. */
function queried(answer: Answer, query: string): Record<string, string> {
  const wanted = /id=(.*)$/.exec(query)?.[1];
  const entries = Object.entries(pathsOf(answer));
  return Object.fromEntries(entries.filter(([id]) => wanted === undefined || id === wanted));
}

interface Probe {
  readonly id: string;
  readonly kind: 'validate' | 'invocation' | 'simulate' | 'outputs';
  readonly descriptor: object;
  readonly invocation?: string | object;
  readonly bosh: {
    readonly outcome: 'ok' | 'invalid' | 'crash';
    readonly commandLine?: string;
    readonly configFile?: string;
    readonly outputs?: Readonly<Record<string, string>>;
  };
  readonly advice: 'same' | 'diverge';
}

/** Probes that show how bosh really behaves, its faults included. */
function probeVerdicts(): Verdict[] {
  const probes = JSON.parse(readFileSync(join(CASES, 'observed.json'), 'utf8')) as Probe[];
  return probes.map((probe) => {
    const { invocation } = probe;
    const text = typeof invocation === 'object' ? JSON.stringify(invocation) : invocation;
    const answer = answerTo(JSON.stringify(probe.descriptor), text);
    const family = `probes: ${probe.kind}`;
    if (probe.advice === 'diverge') return verdictOnBetter(family, probe.id, answer);
    if (probe.bosh.outcome !== 'ok' || answer.refused)
      return verdictOnRefusal(family, probe.id, probe.bosh.outcome !== 'ok', answer);
    return verdictOnProbe(family, probe, answer);
  });
}

function verdictOnProbe(family: string, { id, kind, bosh }: Probe, answer: Answer): Verdict {
  if (kind === 'outputs') return verdictOnResult(family, id, bosh.outputs, pathsOf(answer));
  if (kind !== 'simulate') return { family, id, kind: 'agree', reason: '' };
  return verdictOnResult(
    family,
    id,
    [bosh.commandLine, bosh.configFile],
    [lineOf(answer), answer.command?.files[0]?.content],
  );
}

function verdictOnBetter(family: string, id: string, answer: Answer): Verdict {
  const better = BETTER[id];
  if (better === undefined)
    return { family, id, kind: 'wrong', reason: 'no better answer is told' };
  const isAsTold = JSON.stringify(shownAs(better.answer, answer)) === JSON.stringify(better.answer);
  return isAsTold
    ? { family, id, kind: 'better', reason: better.why }
    : { family, id, kind: 'wrong', reason: JSON.stringify([answer.codes, lineOf(answer)]) };
}

/** Our answer in the form in which the better one is told. */
function shownAs(told: BetterAnswer['answer'], answer: Answer): BetterAnswer['answer'] {
  if (typeof told === 'string') return answer.refused ? 'refused' : 'accepted';
  if ('codes' in told) return { codes: answer.codes };
  if ('line' in told) return { line: lineOf(answer) ?? '' };
  return pathsOf(answer);
}
