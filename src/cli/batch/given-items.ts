import { RunnerError } from '../../base/errors.ts';
import type { Descriptor } from '../../descriptor/index.ts';
import type { GivenItems } from '../../site/batch/index.ts';
import type { Terminal } from '../terminal.ts';
import { eachItems } from './each-items.ts';
import { readItems } from './read-items.ts';

/** Where the items of a new batch come from: a file, or a pattern of files. */
export interface ItemSource {
  readonly file: string | undefined;
  readonly each: string | undefined;
}

/** As the user gave it. */
export const sourceText = ({ file, each }: ItemSource): string => file ?? `--each ${each ?? ''}`;

/** The items, read and not checked. Throws `usage` for none or both, and what reading them throws. */
export async function givenItems(
  { file, each }: ItemSource,
  descriptor: Descriptor,
  terminal: Terminal,
): Promise<GivenItems> {
  if ((file === undefined) === (each === undefined))
    throw new RunnerError(
      'usage',
      file === undefined ? 'which items?' : 'items are given as a file or with --each, not both',
      {
        hint: "For example `cyto-run batch descriptor.json items.csv`, or `--each 'slide=data/*.tif'`.",
      },
    );
  if (each !== undefined)
    return { items: await eachItems(each, descriptor, terminal.cwd), faults: [] };
  return readItems(file ?? '-', descriptor, terminal);
}
