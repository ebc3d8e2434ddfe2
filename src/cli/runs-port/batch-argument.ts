import { RunnerError } from '../../base/errors.ts';
import type { Client } from '../../client/index.ts';

/** A batch's id is told from a run's by its first letter. */
export const isBatchId = (name: string): boolean => /^b\d/.test(name);

/**
 * The id of a server's batch: `last` is the newest that one may see, of other words the server knows what
 * they name. Throws `run-not-found`.
 */
export async function batchArgument(text: string, client: Client): Promise<string> {
  if (text.trim().toLowerCase() === 'last') {
    const [newest] = (await client.batches.page({ limit: 1 })).batches;
    if (newest !== undefined) return newest.batchId;
    throw new RunnerError('run-not-found', 'there are no batches yet', { hint: LIST_THEM });
  }
  try {
    return (await client.batches.show(text)).batchId;
  } catch (error) {
    if (!(error instanceof RunnerError) || error.code !== 'run-not-found') throw error;
    const { message, details } = error;
    throw new RunnerError('run-not-found', message, { cause: error, details, hint: LIST_THEM });
  }
}

const LIST_THEM = 'List them with `cyto-run batch --list`.';
