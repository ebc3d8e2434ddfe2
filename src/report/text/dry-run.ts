import type { DryRun, SchedulerOption } from '../../runner/index.ts';
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
import { visible } from './printable.ts';
import { appText, commandText, limitsText, mountRows, securityText, valueText } from './words.ts';

/** The page `--dry-run` prints: everything that would be done, and nothing was. */
export function renderDryRun(plan: DryRun, options: TextOptions = {}): string {
  const look = lookOf(options);
  const { paint, room } = look;
  return [
    `${paint.bold('Dry run')} of ${appText(plan.app)} (${plan.app.dialect}): nothing was started`,
    '',
    ...field('Image', [imageText(plan.image)], look),
    ...field('Engine', [`${plan.engine.name}: ${visible(plan.engine.reason)}`], look),
    ...commandLinesOf(plan, look),
    ...field('Folder', [visible(plan.workingDirectory)], look),
    ...sentenceField('Limits', limitsText(plan.limits, plan.limits.timeoutMs), look),
    ...sentenceField('Security', securityText(plan.security, paint), look),
    ...schedulerSection(plan, look),
    ...section(
      'Parameters',
      table(
        plan.parameters.map(({ inputId, value, source }) => [
          visible(inputId),
          valueText(value),
          source,
        ]),
        [{}, { shrink: 'end' }, { paint: paint.dim }],
        room - 2,
      ),
      look,
    ),
    ...section(
      'Mounts (in the container, on this machine)',
      table(mountRows(plan.mounts), [{}, { paint: paint.dim }, { shrink: 'front' }], room - 2),
      look,
    ),
    ...section(
      'Environment',
      Object.entries(plan.environment).map(([name, value]) => `${visible(name)}=${visible(value)}`),
      look,
    ),
    ...outputSection(plan, look),
    ...section(
      'Warnings',
      plan.warnings.map(({ code, message }) => `${paint.yellow(code)}: ${visible(message)}`),
      look,
    ),
    '',
  ].join('\n');
}

/** What the scheduler is told, each with where it was said. */
export const schedulerSection = (
  { scheduler = [] }: { readonly scheduler?: readonly SchedulerOption[] },
  look: Look,
): string[] =>
  section(
    'Scheduler',
    table(
      scheduler.map(({ name, value, source }) => [
        `--${visible(name)}=${visible(value)}`,
        visible(source),
      ]),
      [{}, {}],
      look.room - 2,
    ),
    look,
  );

function imageText(image: DryRun['image']): string {
  return image.reference === '' ? 'none' : `${visible(image.reference)}  ${presenceText(image)}`;
}

function presenceText({ present, pull, build }: DryRun['image']): string {
  if (build) return 'would be built';
  if (pull === 'always') return 'would be pulled';
  if (present === true) return 'is here';
  if (pull === 'never')
    return present === 'unknown' ? 'must be here' : 'is not here: this would fail';
  return present === 'unknown' ? 'would be pulled if it is not here' : 'would be pulled';
}

function commandLinesOf({ command }: DryRun, look: Look): string[] {
  const { argv, shellLine } = command;
  const isShown = [...argv, shellLine ?? ''].every((text) => visible(text) === text);
  return [
    ...field('Command', commandText(command, look.width - LABEL_WIDTH), look),
    ...(isShown ? [] : sentenceField('', NOT_AS_IT_IS, look)),
    ...(command.files.length === 0 ? [] : field('Files', command.files.map(visible), look)),
  ];
}

const NOT_AS_IT_IS = String.raw`(\n, \t, \x01 … stand for characters that would not be seen here: take the command from --json.)`;

function outputSection({ outputs, folders }: DryRun, look: Look): string[] {
  const place = folders.outFolder === undefined ? '' : ` to ${visible(folders.outFolder)}`;
  return section(
    `Outputs expected${place}`,
    table(
      outputs.map(({ id, path, optional, list }) => [
        visible(id),
        visible(path),
        [optional ? 'optional' : 'required', ...(list ? ['list'] : [])].join(', '),
      ]),
      [{}, { shrink: 'front' }, { paint: look.paint.dim }],
      look.room - 2,
    ),
    look,
  );
}
