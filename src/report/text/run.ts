import { fileSize } from '../../base/file-size.ts';
import { attemptOf, isTerminal, type RunRecord } from '../../runner/index.ts';
import { ago, between, duration, shortDigest } from './amounts.ts';
import { schedulerSection } from './dry-run.ts';
import { failureLines, tailLines } from './failure.ts';
import {
  field,
  LABEL_WIDTH,
  lookOf,
  section,
  sentenceField,
  table,
  type Look,
  type TextOptions,
} from './layout.ts';
import { inputSection } from './inputs.ts';
import { visible } from './printable.ts';
import { spanFacts } from './spans.ts';
import {
  appText,
  commandText,
  limitsText,
  mountRows,
  securityText,
  stateText,
  valueText,
} from './words.ts';

export interface RunTextOptions extends TextOptions {
  readonly now: Date;
  /** The end of the app's stderr, for a run that failed. */
  readonly stderrTail?: string;
}

/** The page `show` prints: what ran, with what, how it went and what it left. */
export function renderRun(record: RunRecord, options: RunTextOptions): string {
  const look = lookOf(options);
  return [
    ...headLines(record, options, look),
    ...failureSection(record, options, look),
    ...attemptSection(record, look),
    ...commandSection(record, look),
    ...parameterSection(record, look),
    ...inputSection(record, look),
    ...outputSection(record, look),
    ...phaseSection(record, options, look),
    ...isolationSection(record, look),
    ...originSection(record, look),
    '',
  ].join('\n');
}

function headLines(record: RunRecord, { now }: RunTextOptions, look: Look): string[] {
  const facts = [
    appText(record.app),
    ago(record.createdAt, now),
    ...spanFacts(record, now),
    ...(record.endedAt === undefined && record.progress !== undefined
      ? [`${record.progress.percent} %`]
      : []),
    ...(record.attempts === undefined ? [] : [`attempt ${attemptOf(record)}`]),
  ];
  return [
    `${look.paint.bold(`Run ${record.runId}`)}  ${stateText(record.state, look.paint)}`,
    facts.join(', '),
    ...(record.rerunOf === undefined ? [] : [`a repetition of ${record.rerunOf}`]),
    ...(record.batch === undefined
      ? []
      : [`${visible(record.batch.item)} of batch ${record.batch.id}`]),
    ...(record.waiting === undefined
      ? []
      : [`waits (${visible(record.waiting.code)}): ${visible(record.waiting.message)}`]),
  ];
}

function failureSection(
  record: RunRecord,
  { stderrTail = '' }: RunTextOptions,
  look: Look,
): string[] {
  if (record.failure === undefined) return [];
  return [
    ...section('Why it ended', failureLines(record.failure, look), look),
    ...section('Last lines of its output', tailLines(stderrTail, look), look),
  ];
}

/** What became of the attempts before. */
const attemptSection = ({ attempts = [], runId }: RunRecord, look: Look): string[] =>
  section(
    `Earlier attempts (logs: cyto-run logs ${runId} --attempt N)`,
    table(
      attempts.map(({ attempt, failure, exit, startedAt, endedAt, limits }) => [
        String(attempt),
        look.paint.red(failure.code),
        visible(exit?.node ?? ''),
        duration(between(startedAt, endedAt)),
        limits?.memoryBytes === undefined ? '' : fileSize(limits.memoryBytes),
        visible(failure.message),
      ]),
      [{}, {}, {}, { align: 'right' }, { align: 'right' }, { shrink: 'end' }],
      look.room - 2,
    ),
    look,
  );

const clusterText = ({ cluster }: RunRecord['options']): string =>
  cluster === undefined ? '' : ` on ${visible(cluster)}`;

function commandSection({ image, container, exit, options }: RunRecord, look: Look): string[] {
  const lines: string[] = [];
  if (image !== undefined) {
    const facts = [image.platform, fileSize(image.sizeBytes), image.pulled ? 'pulled' : 'was here'];
    lines.push(
      ...field(
        'Image',
        [visible(image.reference), image.digest ?? image.id, facts.join(', ')],
        look,
      ),
    );
  }
  if (container !== undefined) {
    const { engine } = container;
    lines.push(
      ...field('Engine', [`${engine.name} ${engine.version}${clusterText(options)}`], look),
      ...field('Command', commandText(container, look.width - LABEL_WIDTH), look),
    );
  }
  if (exit !== undefined) lines.push(...field('Exit', [exitText(exit)], look));
  return lines.length === 0 ? [] : ['', ...lines];
}

const exitText = (exit: NonNullable<RunRecord['exit']>): string =>
  [
    exit.neverRan === undefined
      ? `code ${exit.exitCode}`
      : `never started: ${visible(exit.neverRan)}`,
    ...(exit.outOfMemory ? ['out of memory'] : []),
    ...(exit.ending === undefined ? [] : [`ended by ${exit.ending.code}`]),
    ...(exit.node === undefined ? [] : [`on ${visible(exit.node)}`]),
    ...(exit.peakMemoryBytes === undefined
      ? []
      : [`peak memory ${fileSize(exit.peakMemoryBytes)}`]),
    ...(exit.cpuSeconds === undefined ? [] : [`${duration(exit.cpuSeconds * 1000)} of CPU`]),
  ].join(', ');

const parameterSection = ({ parameters }: RunRecord, look: Look): string[] =>
  section(
    'Parameters',
    table(
      parameters.map(({ inputId, value, source }) => [visible(inputId), valueText(value), source]),
      [{}, { shrink: 'end' }, { paint: look.paint.dim }],
      look.room - 2,
    ),
    look,
  );

function outputSection(record: RunRecord, look: Look): string[] {
  const { outputs, outputsPartial } = record;
  const folder = outputsFolder(record);
  const place = folder === undefined ? '' : ` in ${visible(folder)}`;
  return section(
    `${outputsPartial ? 'What it left behind' : 'Outputs'}${place}`,
    outputTable(outputs, look),
    look,
  );
}

/**
 * The folder that outputs lie in: the caller's, or the run's own, where what is left of a run that
 * did not complete stays. Undefined when there are none.
 */
export function outputsFolder({ outputs }: RunRecord): string | undefined {
  const [first] = outputs;
  if (first === undefined) return undefined;
  const { location, path } = first;
  return location.endsWith(`/${path}`) ? location.slice(0, -path.length - 1) : undefined;
}

/** Path, size, media type and digest of each output. */
export const outputTable = (outputs: RunRecord['outputs'], look: Look): string[] =>
  table(
    outputs.map(({ path, kind, sizeBytes, mediaType, sha256 }) => [
      `${visible(path)}${kind === 'folder' ? '/' : ''}`,
      fileSize(sizeBytes),
      visible(mediaType),
      shortDigest(sha256),
    ]),
    [{ shrink: 'front' }, { align: 'right' }, {}, { paint: look.paint.dim }],
    look.room - 2,
  );

const phaseSection = ({ phases }: RunRecord, { now }: RunTextOptions, look: Look): string[] =>
  section(
    'Phases',
    table(
      phases.map(({ phase, startedAt, endedAt }) => [
        phase,
        duration(between(startedAt, endedAt ?? now.toISOString())),
        endedAt === undefined ? 'so far' : '',
      ]),
      [{}, { align: 'right' }, {}],
      look.room - 2,
    ),
    look,
  );

function isolationSection({ container, options }: RunRecord, look: Look): string[] {
  if (container === undefined) return [];
  const environment = Object.entries(container.environment).map(
    ([name, value]) => `${visible(name)}=${visible(value)}`,
  );
  return [
    '',
    ...sentenceField('Limits', limitsText(container.limits, options.timeoutMs), look),
    ...sentenceField('Security', securityText(container.security, look.paint), look),
    ...schedulerSection(options, look),
    ...section(
      'Mounts (in the container, on this machine)',
      table(
        mountRows(container.mounts),
        [{}, { paint: look.paint.dim }, { shrink: 'front' }],
        look.room - 2,
      ),
      look,
    ),
    ...section('Environment', environment, look),
  ];
}

function originSection(record: RunRecord, look: Look): string[] {
  const { app, user, host, callerFolder, runnerVersion, warnings } = record;
  return [
    ...section(
      'Warnings',
      warnings.map(({ code, message }) => `${look.paint.yellow(code)}: ${visible(message)}`),
      look,
    ),
    '',
    ...field(
      'From',
      [visible(app.descriptorPath), `${app.dialect}, ${shortDigest(app.descriptorSha256)}`],
      look,
    ),
    ...field(
      'By',
      [
        `${visible(user)} on ${visible(host)} in ${visible(callerFolder)}, cyto-run ${runnerVersion}`,
      ],
      look,
    ),
  ];
}

export type OutputCheck = 'same' | 'changed' | 'missing';

/** What `outputs` prints: each output with where it lies, and whether it is still what it was. */
export function renderOutputs(
  record: RunRecord,
  options: TextOptions & { readonly checks?: readonly OutputCheck[] },
): string {
  const look = lookOf(options);
  const { outputs, runId, state } = record;
  if (outputs.length === 0 && !isTerminal(state)) return `${runId} has not ended (${state}).\n`;
  if (outputs.length === 0) return `${runId} left no outputs.\n`;
  const lines = outputs.flatMap(
    ({ outputId, location, kind, sizeBytes, mediaType, sha256 }, at) => {
      const check = options.checks?.[at];
      const checked =
        check === undefined ? '' : `  ${look.paint[check === 'same' ? 'green' : 'red'](check)}`;
      return [
        `${visible(location)}${kind === 'folder' ? '/' : ''}${checked}`,
        `  ${visible(outputId)}, ${fileSize(sizeBytes)}, ${visible(mediaType)}, ${shortDigest(sha256)}`,
      ];
    },
  );
  const partial = record.outputsPartial
    ? ['The run did not complete: these may be unfinished.']
    : [];
  return [...partial, ...lines, ''].join('\n');
}
