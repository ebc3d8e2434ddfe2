import type { HostAnswer } from './host.ts';
import { textOf } from './host.ts';
import { slurmState, type SlurmState } from './state-table.ts';

/** What the scheduler said of one job. */
export interface Sighting {
  readonly state: SlurmState;
  /** Why it waits, or what became of it, in Slurm's words. */
  readonly reason: string;
  /** Where it runs or ran, when it is one node. */
  readonly node?: string;
  /** Its own exit code, or 128 + signal, where the scheduler says it. */
  readonly exitCode?: number;
}

/** How a job is known to the scheduler: its id (`123`, `123_7` in an array) and its name. */
export interface JobKey {
  readonly id: string;
  readonly jobName: string;
}

const KEY_TEXT = ({ id, jobName }: JobKey): string => `${id}|${jobName}`;

/**
 * The scheduler's answer about several jobs. `silent`: it did not answer what was asked, and nothing
 * follows from it. A job that a true answer does not name is unknown to whom was asked, no more.
 */
export type QueryAnswer =
  | {
      readonly kind: 'answer';
      readonly jobs: ReadonlyMap<string, Sighting>;
      /** All of it could be read: who is not in it was not named. */
      readonly isWhole: boolean;
    }
  | { readonly kind: 'silent'; readonly why: string };

const isBroken = (text: string): boolean =>
  /error|unable|fail|timed? ?out|refused|invalid|denied|unexpected/i.test(text);

function silence({ exitCode, errors }: HostAnswer): QueryAnswer & { kind: 'silent' } {
  const why = errors.trim().split('\n')[0] ?? '';
  return { kind: 'silent', why: why === '' ? `exit code ${exitCode}` : why };
}

/** All jobs of this user that the scheduler still knows, the ended ones too (squeue(1)). */
export const squeueArgv = (): string[] => [
  'squeue',
  '--me',
  '--array',
  '--noheader',
  '--states=all',
  '--format=%i|%j|%T|%N|%r',
];

/**
 * Reads squeue's answer. A row counts only when id and name are those of a job of ours, so that no
 * cut or mixed line speaks for another job.
 */
export function squeueAnswer(answer: HostAnswer, keys: readonly JobKey[]): QueryAnswer {
  if (answer.exitCode !== 0 || isBroken(answer.errors)) return silence(answer);
  return rowsOf(answer, keys, (line) => {
    const [, id, name, word, nodes, reason] =
      /^\s*(\d+(?:_(?:\d+|\[.*\]))?)\|([^|]*)\|([^|]*)\|([^|]*)\|(.*)$/.exec(line) ?? [];
    if (id === undefined) return undefined;
    return { id, name, word, rest: { reason: reason?.trim() ?? '', ...nodeOf(nodes ?? '') } };
  });
}

/** One line of a list: whose it is, the state's word, and what else it says. */
interface Row {
  readonly id: string;
  readonly name: string | undefined;
  readonly word: string | undefined;
  readonly rest: Omit<Sighting, 'state'>;
}

/** The sightings in a list of jobs; lines that cannot be read speak for nobody, but then nobody is absent. */
function rowsOf(
  answer: HostAnswer,
  keys: readonly JobKey[],
  read: (line: string) => Row | undefined,
): QueryAnswer {
  const wanted = new Map(keys.map((key) => [KEY_TEXT(key), key.id]));
  const jobs = new Map<string, Sighting>();
  const text = textOf(answer);
  // A last line without its end was cut.
  let isWhole = text === '' || text.endsWith('\n');
  for (const line of text.split('\n').filter((each) => each.trim() !== '')) {
    const row = read(line);
    const key = row && wanted.get(`${row.id}|${row.name ?? ''}`);
    const state = slurmState(row?.word ?? '');
    if (row === undefined || (key !== undefined && state === undefined)) isWhole = false;
    if (key !== undefined && row !== undefined && state !== undefined)
      jobs.set(key, { state, ...row.rest });
  }
  return { kind: 'answer', jobs, isWhole };
}

const nodeOf = (nodes: string): { node?: string } =>
  /^[A-Za-z0-9][A-Za-z0-9._-]*$/.test(nodes) && !/^(None|n\/a)/i.test(nodes) ? { node: nodes } : {};

/** What accounting keeps of jobs (sacct(1)); `-X`: of the job itself, not of its steps. */
export const sacctArgv = (ids: readonly string[]): string[] => [
  'sacct',
  '--noheader',
  '--parsable2',
  '--allocations',
  '--format=JobID,JobName%200,State%40,ExitCode,NodeList%200',
  `--jobs=${ids.join(',')}`,
];

/**
 * Reads sacct's answer by JobID, as squeue names it; JobIDRaw is another job's number in an array.
 * That a cluster has no accounting is a true answer: it knows no job.
 */
export function sacctAnswer(answer: HostAnswer, keys: readonly JobKey[]): QueryAnswer {
  if (/accounting storage is disabled/i.test(answer.errors))
    return { kind: 'answer', jobs: new Map(), isWhole: true };
  if (answer.exitCode !== 0 || isBroken(answer.errors)) return silence(answer);
  return rowsOf(answer, keys, (line) => {
    const [id, name, word, exit, nodes, ...more] = line.trim().split('|');
    if (id === undefined || nodes === undefined || more.length > 0) return undefined;
    return {
      id,
      name,
      word,
      rest: { reason: word ?? '', ...exitCodeOf(exit ?? ''), ...nodeOf(nodes) },
    };
  });
}

/** `3:0`: exit code and signal. The signal 125 is Slurm's own mark for want of memory. */
function exitCodeOf(text: string): { exitCode?: number } {
  const [, code, signal] = /^(\d+):(\d+)$/.exec(text) ?? [];
  if (code === undefined || signal === undefined) return {};
  if (signal === '125') return { exitCode: 137 };
  return { exitCode: signal === '0' ? Number(code) : 128 + Number(signal) };
}

/** What slurmctld remembers of one job, where there is no accounting (scontrol(1)). */
export const scontrolArgv = (id: string): string[] => ['scontrol', '--oneliner', 'show', 'job', id];

/** Reads scontrol's answer. "Invalid job id" is a true answer: it does not know the job. */
export function scontrolAnswer(answer: HostAnswer, key: JobKey): QueryAnswer {
  const said = `${textOf(answer)}\n${answer.errors}`;
  if (answer.exitCode !== 0 && /invalid job id/i.test(said))
    return { kind: 'answer', jobs: new Map(), isWhole: true };
  if (answer.exitCode !== 0) return silence(answer);
  for (const line of wholeLines(answer)) {
    const field = (name: string): string =>
      new RegExp(`(?:^|\\s)${name}=(\\S*)`).exec(line)?.[1] ?? '';
    const [arrayId, task] = [field('ArrayJobId'), field('ArrayTaskId')];
    const id = arrayId === '' ? field('JobId') : `${arrayId}_${task}`;
    if (id !== key.id || field('JobName') !== key.jobName) continue;
    const state = slurmState(field('JobState'));
    if (state === undefined) continue;
    const sighting = { state, reason: field('Reason'), ...exitCodeOf(field('ExitCode')) };
    const jobs = new Map([[id, { ...sighting, ...nodeOf(field('NodeList')) }]]);
    return { kind: 'answer', jobs, isWhole: true };
  }
  return { kind: 'silent', why: 'scontrol says nothing of the job' };
}

/** A line without its end was cut: what is missing in it may be what matters. */
const wholeLines = (answer: HostAnswer): readonly string[] =>
  textOf(answer).split('\n').slice(0, -1);

/** What slurmctld says of a node (scontrol(1)). */
export const nodeArgv = (node: string): string[] => [
  'scontrol',
  '--oneliner',
  'show',
  'node',
  node,
];

/**
 * Why a node takes no jobs: its reason, or its state where none is given; empty when it takes them.
 * `undefined`: no answer about that node.
 */
export function nodeComplaint(answer: HostAnswer, node: string): string | undefined {
  if (answer.exitCode !== 0) return undefined;
  const line = wholeLines(answer).find((each) => each.startsWith(`NodeName=${node} `));
  const state = /\sState=(\S+)/.exec(line ?? '')?.[1];
  if (state === undefined) return undefined;
  if (!/DRAIN|DOWN|FAIL|NOT_RESPONDING|\*/.test(state)) return '';
  return /\sReason=(.*?)(?:\s\[[^\]]*\])?\s*$/.exec(line ?? '')?.[1] ?? state;
}

/** All that wait, everybody's, to count those before ours. */
export const aheadArgv = (): string[] => [
  'squeue',
  '--noheader',
  '--array',
  '--states=PENDING',
  '--format=%i|%Q|%P|%r',
];

/** For each of our ids that waits: how many jobs of its partition have a higher priority, or the same and came before. */
export function countAhead(
  answer: HostAnswer,
  ids: readonly string[],
): ReadonlyMap<string, number> {
  if (answer.exitCode !== 0) return new Map();
  const rows = textOf(answer)
    .split('\n')
    .map((line) => /^\s*(\d+)(?:_(\d+))?\|(\d+)\|([^|]*)\|(.*)$/.exec(line))
    .filter((row) => row !== null)
    .map(([, job = '', task, priority = '', partition = '', reason = '']) => ({
      id: task === undefined ? job : `${job}_${task}`,
      order: Number(job) * 1e6 + Number(task ?? 0),
      priority: Number(priority),
      partition,
      isInTurn: reason === 'Resources' || reason === 'Priority',
    }));
  const counts = rows
    .filter(({ id }) => ids.includes(id))
    .map((mine): [string, number] => [
      mine.id,
      rows.filter(
        (other) =>
          other.isInTurn &&
          other.partition === mine.partition &&
          (other.priority > mine.priority ||
            (other.priority === mine.priority && other.order < mine.order)),
      ).length,
    ]);
  return new Map(counts);
}

/** The id in what `sbatch --parsable` prints: `123`, or `123;cluster`. */
export const submittedId = (text: string): string | undefined =>
  // Plugins of a site may print lines of their own before it.
  /^(\d+)(?:;\S+)?$/.exec(text.trim().split('\n').at(-1)?.trim() ?? '')?.[1];

/** Ids of the jobs of that name, of an array without the task's number. */
export function idsByName(answer: HostAnswer, jobName: string): readonly string[] {
  if (answer.exitCode !== 0) return [];
  const ids = textOf(answer)
    .split('\n')
    .map((line) => line.trim().split('|'))
    .filter(([, name]) => name === jobName)
    .map(([id = '']) => /^\d+/.exec(id)?.[0])
    .filter((id) => id !== undefined);
  return [...new Set(ids)];
}
