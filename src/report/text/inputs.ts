import { fileSize } from '../../base/file-size.ts';
import type { RunRecord } from '../../runner/index.ts';
import { shortDigest } from './amounts.ts';
import { section, table, type Column, type Look } from './layout.ts';
import { visible } from './printable.ts';
import { originText } from './words.ts';

/** What a run was given. Where it came from says more than where a server put it, which stands above as its value. */
export function inputSection({ inputs, inputOrigins = [] }: RunRecord, look: Look): string[] {
  const looked = inputs.map(({ inputId, path, sizeBytes, sha256, origin }) => [
    visible(inputId),
    origin === undefined ? visible(path) : originText(origin),
    fileSize(sizeBytes),
    shortDigest(sha256),
  ]);
  const awaited = inputOrigins.map(({ inputId, origin }) => [visible(inputId), originText(origin)]);
  const [rows, columns]: [string[][], Column[]] =
    looked.length > 0
      ? [looked, [{}, { shrink: 'front' }, { align: 'right' }, { paint: look.paint.dim }]]
      : [awaited, [{}, { shrink: 'front' }]];
  return section('Inputs', table(rows, columns, look.room - 2), look);
}
