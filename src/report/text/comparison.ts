import { counted } from '../../base/counted.ts';
import { fileSize } from '../../base/file-size.ts';
import type { Difference, OutputComparison, RunComparison } from '../compare-runs.ts';

import { lookOf, section, table, type Look, type TextOptions } from './layout.ts';
import type { Paint } from './paint.ts';
import { visible } from './printable.ts';

const RESULT_PAINT: Record<OutputComparison['result'], keyof Paint> = {
  same: 'green',
  different: 'red',
  missing: 'red',
  new: 'yellow',
};

/** What `rerun` says at its end: whether it gave the same, and what differed. */
export function renderComparison(comparison: RunComparison, options: TextOptions = {}): string {
  const look = lookOf(options);
  const unlike = comparison.outputs.filter(({ result }) => result !== 'same');
  return [
    verdict(comparison, look),
    ...section('What was different beforehand', causeLines(comparison.causes, look), look),
    ...section('Outputs that are not the same', outputLines(unlike, look), look),
    '',
  ].join('\n');
}

function verdict(
  { before, after, outputs, causes, reproduced }: RunComparison,
  look: Look,
): string {
  const { paint } = look;
  const same = outputs.filter(({ result }) => result === 'same').length;
  if (reproduced)
    return `${paint.green('Reproduced')}: ${counted(same, 'output')}, every byte as in ${before.runId}`;
  if (before.state !== after.state)
    return `${paint.red('Not reproduced')}: ${before.runId} ended ${before.state}, this run ${after.state}`;
  if (outputs.length === 0) return `Neither ${before.runId} nor this run left outputs to compare`;
  if (same === outputs.length)
    return `The same again: both ended ${after.state}, ${counted(same, 'output')} as in ${before.runId}`;
  const why =
    causes.length === 0 ? '; nothing it was made from has changed: the app itself varies' : '';
  return `${paint.red('Not reproduced')}: ${same} of ${counted(outputs.length, 'output')} as in ${before.runId}${why}`;
}

/** `before -> after`, on two lines where both are long. */
function causeLines(causes: readonly Difference[], look: Look): string[] {
  return causes.flatMap(({ what, name, before, after }) => {
    const subject = name === undefined ? what : `${what} ${visible(name)}`;
    const line = `${subject}: ${visible(before)} -> ${visible(after)}`;
    return line.length <= look.width - 2
      ? [line]
      : [`${subject}:`, `  ${visible(before)}`, `  -> ${visible(after)}`];
  });
}

const outputLines = (outputs: readonly OutputComparison[], look: Look): string[] =>
  table(
    outputs.map(({ path, result, before, after }) => [
      result,
      visible(path),
      [before, after]
        .map((side) => (side === undefined ? '-' : fileSize(side.sizeBytes)))
        .join(' -> '),
    ]),
    [
      {
        paint: (text) => look.paint[RESULT_PAINT[text.trim() as OutputComparison['result']]](text),
      },
      { shrink: 'front' },
      {},
    ],
    look.room - 2,
  );
