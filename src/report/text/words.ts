import { counted } from '../../base/counted.ts';
import { epochMs } from '../../base/clock.ts';
import { fileSize } from '../../base/file-size.ts';
import { shellQuote, type InvocationValue } from '../../descriptor/index.ts';
import type {
  ContainerFacts,
  InputOrigin,
  RunRecord,
  RunState,
  SecurityFacts,
} from '../../runner/index.ts';
import { duration } from './amounts.ts';
import type { Paint } from './paint.ts';
import { columnsOf, visible } from './printable.ts';

/** How each state is painted. */
const STATE_PAINT: Record<RunState, keyof Paint> = {
  QUEUED: 'cyan',
  INITIALIZING: 'cyan',
  RUNNING: 'cyan',
  CANCELING: 'yellow',
  COMPLETE: 'green',
  EXECUTOR_ERROR: 'red',
  SYSTEM_ERROR: 'red',
  CANCELED: 'yellow',
  PREEMPTED: 'yellow',
};

export const stateText = (state: RunState, paint: Paint): string =>
  paint[STATE_PAINT[state]](state);

/** `tissue-detect 1.2.0` */
export const appText = ({ name, version }: { name: string; version?: string }): string =>
  visible(version === undefined ? name : `${name} ${version}`);

/** A value as it would be typed. */
export function valueText(value: InvocationValue): string {
  if (typeof value === 'string') return value === '' ? "''" : visible(value);
  if (typeof value === 'boolean') return String(value);
  if ('kind' in value) return value.text;
  return value.map(valueText).join(', ');
}

/** Where an input came from that was fetched or sent. `?…`: what the URL asked for is not recorded. */
export function originText(origin: InputOrigin): string {
  if ('name' in origin) return `${visible(origin.name)} (sent)`;
  const url = visible(origin.url);
  return origin.queryLeftOut === true ? `${url}?…` : url;
}

/** Words as a shell takes them, in lines of at most `width` columns that can be pasted. */
function commandLines(argv: readonly string[], width: number): string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of argv.map((argument) => visible(shellQuote(argument)))) {
    const longer = line === '' ? word : `${line} ${word}`;
    // Room for the backslash.
    if (line !== '' && columnsOf(longer) > width - 2) {
      lines.push(`${line} \\`);
      line = `  ${word}`;
    } else line = longer;
  }
  return [...lines, line];
}

/** What is executed: who gets the words, and the words, or the line that a shell gets. */
export function commandText(
  { entrypoint, argv, shellLine }: Pick<ContainerFacts, 'entrypoint' | 'argv' | 'shellLine'>,
  width: number,
): string[] {
  if (shellLine !== undefined)
    return [...commandLines(argv.slice(0, -1), width), visible(shellLine)];
  return entrypoint === 'image'
    ? ["the image's entrypoint with", ...commandLines(argv, width)]
    : commandLines(argv, width);
}

/** What the app may use, as one sentence. */
export function limitsText(
  limits: ContainerFacts['limits'],
  timeoutMs: number | undefined,
): string {
  return [
    limits.memoryBytes === undefined ? 'no memory limit' : `memory ${fileSize(limits.memoryBytes)}`,
    limits.cpus === undefined ? 'all cores' : counted(limits.cpus, 'core'),
    counted(limits.pids, 'process', 'processes'),
    ...(limits.gpus === undefined
      ? []
      : [limits.gpus === 'all' ? 'all GPUs' : counted(limits.gpus, 'GPU')]),
    timeoutMs === undefined ? 'no time limit' : `${duration(timeoutMs)} of time`,
  ].join(', ');
}

/** How the app is kept apart, as one sentence. What was loosened is painted. */
export function securityText(security: SecurityFacts, paint: Paint): string {
  const user = security.user;
  return [
    security.network === 'none' ? 'no network' : paint.yellow(`network ${security.network}`),
    security.readOnlyRoot ? 'read-only root' : paint.yellow('writable root'),
    user === 'image' ? paint.yellow('user of the image') : `user ${user.uid}:${user.gid}`,
    security.capabilitiesDropped === 'all' ? 'no capabilities' : paint.yellow('no container'),
    ...(security.noNewPrivileges ? ['no new privileges'] : []),
  ].join(', ');
}

/** `/in  <-  /data/in  (read-only)`: what the app sees, and where it lies. */
export const mountRows = (mounts: ContainerFacts['mounts']): string[][] =>
  mounts.map(({ source, target, readOnly }) => [
    visible(target),
    readOnly ? 'read-only' : 'writable',
    visible(source),
  ]);

/** Milliseconds from the run's creation to its end, or to `now` while it lasts. */
export const tookMs = (
  record: Pick<RunRecord, 'createdAt' | 'endedAt'>,
  now: Date | undefined,
): number | undefined => {
  const end = record.endedAt === undefined ? now?.getTime() : epochMs(record.endedAt);
  return end === undefined ? undefined : end - epochMs(record.createdAt);
};
