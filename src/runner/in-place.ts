import { realpath } from 'node:fs/promises';

import { RunnerError } from '../base/errors.ts';
import type { Mount } from '../container/index.ts';
import type { FoundInput } from './inputs.ts';

/**
 * Looks just before the start whether inputs and mounts are where they were found when the run was
 * asked for, which may be days ago: neither gone nor replaced by a link that leads elsewhere. Throws
 * `input-missing` with all faults at once (`details.faults`).
 */
export async function checkInPlace(
  inputs: readonly FoundInput[],
  mounts: readonly Mount[],
): Promise<void> {
  const asked = [
    ...inputs.map(({ inputId, source }) => ({ name: inputId, source })),
    ...mounts.map(({ source }) => ({ name: 'mount', source })),
  ];
  const faults = (await Promise.all(asked.map(faultOf))).filter((fault) => fault !== undefined);
  if (faults.length === 0) return;
  throw new RunnerError('input-missing', faults.join('\n'), {
    hint: 'It was there when the run was asked for, and must stay until the run has ended.',
    details: { faults },
  });
}

async function faultOf({
  name,
  source,
}: {
  readonly name: string;
  readonly source: string;
}): Promise<string | undefined> {
  const now = await realpath(source).catch(() => undefined);
  if (now === source) return undefined;
  const named = `${name}: ${JSON.stringify(source)}`;
  return now === undefined ? `${named} is gone` : `${named} was replaced by a link`;
}
