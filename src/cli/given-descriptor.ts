import { existsSync } from 'node:fs';
import { posix } from 'node:path';

import { RunnerError } from '../base/errors.ts';
import { readDescriptorFile, type DescriptorFile } from '../site/index.ts';
import { nearestCommand } from './find-descriptor.ts';

/**
 * The descriptor in a file that was named. Throws as `readDescriptorFile` does; the hint says what else
 * the word may have been meant for: an app of a server, or another command where one could stand.
 *
 * @param mayBeCommand whether the name of a command could stand in its place
 */
export async function readGiven(
  given: string,
  cwd: string,
  { mayBeCommand }: { readonly mayBeCommand: boolean },
): Promise<DescriptorFile> {
  try {
    return await readDescriptorFile(given, cwd);
  } catch (error) {
    const meant = mayBeCommand ? nearestCommand(given) : undefined;
    const { mayBeApp } = await import('./on-server/server-app.ts');
    const isApp = mayBeApp(given) && !given.includes('/') && !existsSync(posix.resolve(cwd, given));
    if (!(error instanceof RunnerError) || (meant === undefined && !isApp)) throw error;
    throw new RunnerError(
      error.code,
      meant === undefined ? error.message : `${error.message}, nor is it a command`,
      {
        cause: error,
        details: error.details,
        hint:
          meant === undefined
            ? 'An app of a server? Then say of which: --server URL. Here an app is its descriptor.json.'
            : `Did you mean \`cyto-run ${meant}\`? Or give the path of a descriptor.json.`,
      },
    );
  }
}
