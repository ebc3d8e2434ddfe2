import { RunnerError } from '../../base/errors.ts';
import { gatherValues } from '../../site/index.ts';
import {
  checkItems,
  type GivenItems,
  type ItemsContext,
  type PreparedItem,
} from '../../site/batch/index.ts';
import type { Terminal } from '../terminal.ts';
import { eachItems } from './each-items.ts';
import { readItems } from './read-items.ts';

/** Where the items of a new batch come from: a file, or a pattern of files. */
export interface ItemSource {
  readonly file: string | undefined;
  readonly each: string | undefined;
}

type NewBatchContext = Omit<ItemsContext, 'shared' | 'caller'> & {
  readonly terminal: Terminal;
  /** Shared values given by flags of the descriptor's own names. */
  readonly named: Readonly<Record<string, readonly string[]>>;
};

/**
 * Every item of a new batch, checked as a run of its own would be; starts and writes nothing. Throws
 * with the faults of all items, each with its place.
 */
export async function checkedItems(
  source: ItemSource,
  context: NewBatchContext,
): Promise<readonly PreparedItem[]> {
  return checkItems(await givenItems(source, context), sourceText(source), {
    ...context,
    caller: context.terminal,
    shared: await sharedValues(context),
  });
}

/** As the user gave it. */
const sourceText = ({ file, each }: ItemSource): string => file ?? `--each ${each ?? ''}`;

async function givenItems(
  { file, each }: ItemSource,
  context: NewBatchContext,
): Promise<GivenItems> {
  const {
    terminal,
    file: { descriptor },
  } = context;
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

const sharedValues = ({ file, flags, named, configuration, terminal }: NewBatchContext) =>
  gatherValues(
    file.descriptor,
    {
      params: flags.param ?? [],
      serverParams: flags['server-param'] ?? [],
      invocationFile: flags.invocation,
      named,
      serverDefaults: configuration.serverParameters,
    },
    terminal,
  );
