import { glob } from 'node:fs/promises';

import { RunnerError } from '../../base/errors.ts';
import { LIMITS } from '../../base/limits.ts';
import { nearestName, type Descriptor } from '../../descriptor/index.ts';
import { ITEM_KEYS, type GivenItem } from '../../site/batch/index.ts';

/**
 * One item for each file that a pattern finds: `--each slide=data/*.tif`; `--each @in=sets/*` gives
 * each its own folder of pictures. In the order of their names, numbers by their value. Throws `usage`
 * for a pattern that finds nothing, or an id that is none.
 */
export async function eachItems(
  given: string,
  { inputs }: Descriptor,
  cwd: string,
): Promise<readonly GivenItem[]> {
  const at = given.indexOf('=');
  const id = given.slice(0, Math.max(0, at));
  const pattern = given.slice(at + 1);
  if (id === '' || pattern === '')
    throw new RunnerError('usage', `--each ${JSON.stringify(given)} is not of the form id=GLOB`, {
      hint: "For example --each 'slide=data/*.tif', quoted, so that your shell leaves the pattern alone.",
    });
  const ids = inputs.filter(({ setByServer }) => !setByServer).map((input) => input.id);
  if (id !== ITEM_KEYS.in && !ids.includes(id)) {
    const near = nearestName(id, ids);
    throw new RunnerError('usage', `--each: there is no input ${JSON.stringify(id)}`, {
      hint: near === undefined ? `There is ${ids.join(', ')}.` : `Did you mean ${near}?`,
    });
  }
  const paths: string[] = [];
  for await (const path of glob(pattern, { cwd })) {
    paths.push(path);
    if (paths.length > LIMITS.batchItemsMax)
      throw new RunnerError(
        'usage',
        `--each ${given} finds more than ${LIMITS.batchItemsMax} files`,
        {
          hint: 'Split it into several batches.',
        },
      );
  }
  if (paths.length === 0)
    throw new RunnerError('usage', `--each ${given} finds no file`, {
      hint: `The pattern is taken from ${cwd}; * stands for a part of a name, ** for folders.`,
    });
  return paths.sort(new Intl.Collator('en', { numeric: true }).compare).map((path, index) => ({
    place: `item ${index + 1}`,
    ...(id === ITEM_KEYS.in
      ? { values: {}, in: path }
      : { values: { [id]: { kind: 'text', texts: [path] } } }),
  }));
}
